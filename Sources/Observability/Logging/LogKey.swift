/// The names of metadata in log lines, the same across the service so that lines can be found by them.
package enum LogKey {
    /// Address of the other end of the connection, on every line of a call.
    package static let peer = "peer"
    /// Name of the lease.
    package static let lease = "lease_id"
    /// Name of the client.
    package static let client = "client"
    /// Name of the exporter.
    package static let exporter = "exporter"
    /// Namespace of the objects named.
    package static let namespace = "namespace"
    /// Kind of an object, where it may be either.
    package static let kind = "kind"
    /// Name of an object, where it may be of either kind.
    package static let name = "name"
    /// The user name an authenticated token stands for.
    package static let user = "user"
    /// The lease's context: a dictionary, which appears as `context.KEY`.
    package static let context = "context"
    /// Id of a router stream.
    package static let stream = "stream_id"
    /// A router's endpoint.
    package static let router = "router"
    /// The gRPC method.
    package static let method = "method"
    /// The gRPC or HTTP status code of an answer.
    package static let code = "code"
    /// The cause of a failure.
    package static let error = "error"
    /// A time span, in seconds.
    package static let seconds = "seconds"
}
