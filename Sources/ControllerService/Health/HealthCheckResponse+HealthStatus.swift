internal import JumpstarterProtocol

extension Grpc_Health_V1_HealthCheckResponse {
    /// The wire form of a status; nil is a service that was never set.
    init(_ status: HealthStatus?) {
        self.init()
        self.status =
            switch status {
            case .unknown: .unknown
            case .serving: .serving
            case .notServing: .notServing
            case nil: .serviceUnknown
            }
    }
}
