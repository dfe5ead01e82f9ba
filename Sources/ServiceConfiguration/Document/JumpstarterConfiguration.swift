/// The configuration document: key `config` of the ConfigMap `jumpstarter-controller`, or a file.
package struct JumpstarterConfiguration: Hashable, Sendable {
    /// `authentication`: which tokens are accepted.
    package var authentication = AuthenticationConfiguration()
    /// `provisioning.enabled`: whether a Client that does not exist is made for a user with a valid external token.
    package var provisioningEnabled = false
    /// `grpc.keepalive`.
    package var keepalive = KeepaliveConfiguration()
    /// `leasePolicy.maxTags`: greatest number of tags of a lease.
    package var maximumTags = 10
    /// `hiddenLabels.keys`: labels of exporters that are shown only on demand.
    package var hiddenLabels: Set<String> = []
    /// `deprecatedLabels.keys`: labels of exporters that are hidden likewise and reported with this message.
    package var deprecatedLabels: [String: String] = [:]
    /// `telemetry`.
    package var telemetry = TelemetryConfiguration()

    /// The defaults.
    package init() {}

    /// Reads a document; an empty one gives the defaults.
    ///
    /// - Throws: `ConfigurationError` with all unknown keys, wrong types and bad values.
    package init(yaml: String) throws(ConfigurationError) {
        let source = "configuration"
        let issues = IssueCollector()
        let root = try YAMLDocument.root(of: yaml, source: source)
        let configuration = Self(reading: ConfigurationValue(node: root, path: "", issues: issues))
        self = try issues.result(configuration, source: source)
    }

    private init(reading value: ConfigurationValue) {
        var object = value.object()
        authentication = AuthenticationConfiguration(reading: object.read("authentication"))
        provisioningEnabled = Self.enabled(object.read("provisioning"))
        keepalive = Self.keepalive(object.read("grpc"))
        maximumTags = Self.maximumTags(object.read("leasePolicy"))
        hiddenLabels = Set(LabelKeys.list(object.read("hiddenLabels")))
        deprecatedLabels = LabelKeys.messages(object.read("deprecatedLabels"))
        telemetry = TelemetryConfiguration(reading: object.read("telemetry"))
        object.finish()
    }

    /// A section whose only key is `enabled`, off by default.
    static func enabled(_ value: ConfigurationValue) -> Bool {
        var object = value.object()
        defer { object.finish() }
        return object.read("enabled").bool(default: false)
    }

    private static func keepalive(_ value: ConfigurationValue) -> KeepaliveConfiguration {
        var object = value.object()
        defer { object.finish() }
        return KeepaliveConfiguration(reading: object.read("keepalive"))
    }

    /// The upper end is generous; the rule of the Lease resource itself (at most 10) still holds.
    private static func maximumTags(_ value: ConfigurationValue) -> Int {
        var object = value.object()
        defer { object.finish() }
        return object.read("maxTags").integer(default: 10, in: 0...100)
    }
}
