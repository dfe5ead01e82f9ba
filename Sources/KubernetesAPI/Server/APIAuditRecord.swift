/// A request that was answered, for an audit log.
package struct APIAuditRecord: Sendable {
    package var method: String
    /// Path and query.
    package var target: String
    package var status: Int
    package var userAgent: String
}

extension APIAuditRecord: CustomStringConvertible {
    /// `METHOD TARGET STATUS AGENT`.
    package var description: String { "\(method) \(target) \(status) \(userAgent)" }
}
