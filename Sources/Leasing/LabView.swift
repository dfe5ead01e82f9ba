package import Resources

/// What a decision sees of one namespace.
package struct LabView: Sendable {
    /// Exporters by name.
    package var exporters: [String: Exporter]
    /// Clients by name.
    package var clients: [String: Client]
    package var policies: [ExporterAccessPolicy]

    package init(
        exporters: [String: Exporter] = [:],
        clients: [String: Client] = [:],
        policies: [ExporterAccessPolicy] = []
    ) {
        self.exporters = exporters
        self.clients = clients
        self.policies = policies
    }
}
