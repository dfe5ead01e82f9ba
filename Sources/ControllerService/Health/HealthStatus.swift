/// Whether a service can be used, as load balancers and monitoring read it.
package enum HealthStatus: Sendable, Equatable {
    /// Nothing is known yet: the service is still starting.
    case unknown
    /// The service can be used.
    case serving
    /// The service cannot be used for now.
    case notServing
}
