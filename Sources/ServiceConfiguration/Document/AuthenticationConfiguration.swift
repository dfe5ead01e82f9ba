/// `authentication`: which tokens are accepted.
package struct AuthenticationConfiguration: Hashable, Sendable {
    /// The prefix where none is configured.
    package static let defaultInternalPrefix = "internal:"

    /// `internal.prefix`: what precedes the subject of internal tokens in user names; empty text means the default.
    package var internalPrefix = Self.defaultInternalPrefix
    /// `internal.tokenLifetime`: how long new tokens are valid.
    package var tokenLifetime: Duration = .seconds(8760 * 3600)
    /// `k8s.enabled`: whether tokens of the cluster's service accounts are accepted.
    package var kubernetesEnabled = false
    /// `jwt`: external issuers.
    package var issuers: [JWTIssuerConfiguration] = []

    /// The defaults.
    package init() {}

    init(reading value: ConfigurationValue) {
        var object = value.object()
        var own = object.read("internal").object()
        internalPrefix = own.read("prefix").string()
        if internalPrefix.isEmpty { internalPrefix = Self.defaultInternalPrefix }
        tokenLifetime = own.read("tokenLifetime").duration(default: tokenLifetime, atLeast: .seconds(60))
        own.finish()
        kubernetesEnabled = JumpstarterConfiguration.enabled(object.read("k8s"))
        issuers = JWTIssuerConfiguration.list(object.read("jwt"), internalPrefix: internalPrefix)
        object.finish()
    }
}
