/// What an exporter is told about its lease (`jumpstarter.v1.StatusResponse`).
package enum ExporterAssignment: Sendable, Hashable {
    case unleased
    case leased(lease: String, client: String, context: [String: String])
}
