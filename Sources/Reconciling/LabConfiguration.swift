package import Resources

/// What the controller's picture of the lab is told at start.
package struct LabConfiguration: Sendable {
    /// The namespace that is served; nil for every namespace (standalone).
    package var namespace: String?
    /// The public gRPC endpoint written into the status of clients and exporters, `host:port`.
    package var endpoint: String
    /// How long after its last sign of life an exporter still counts as online.
    package var offlineTimeout: GoDuration
    /// The least time between two writes of an exporter's `lastSeen`, in seconds.
    package var heartbeatWriteInterval: Double
    /// How many objects are reconciled at one time.
    package var concurrency: Int

    package init(
        namespace: String? = nil,
        endpoint: String,
        offlineTimeout: GoDuration = GoDuration(seconds: 60),
        heartbeatWriteInterval: Double = 30,
        concurrency: Int = 64
    ) {
        self.namespace = namespace
        self.endpoint = endpoint
        self.offlineTimeout = offlineTimeout
        self.heartbeatWriteInterval = heartbeatWriteInterval
        self.concurrency = concurrency
    }
}
