/// The metadata keys of a request that carry its identity.
package enum MetadataKey {
    /// `Bearer TOKEN`.
    package static let authorization = "authorization"
    /// Namespace of the caller's object.
    package static let namespace = "jumpstarter-namespace"
    /// `Client` or `Exporter`.
    package static let kind = "jumpstarter-kind"
    /// Name of the caller's object.
    package static let name = "jumpstarter-name"
}
