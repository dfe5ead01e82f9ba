/// The two kinds of object that call the service.
package enum ObjectKind: String, CaseIterable, Hashable, Sendable {
    /// A person's or a machine's client.
    case client = "Client"
    /// A host that offers devices.
    case exporter = "Exporter"

    /// The first part of an internal token's subject.
    package var subjectPrefix: String {
        switch self {
        case .client: "client"
        case .exporter: "exporter"
        }
    }
}
