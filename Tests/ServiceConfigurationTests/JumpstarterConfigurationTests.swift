import ServiceConfiguration
import Testing

@Suite("The configuration document")
struct JumpstarterConfigurationTests {
    @Test("gives the documented defaults when it is empty", arguments: ["", "{}", "# nothing\n", "grpc:\n"])
    func empty(yaml: String) throws {
        let configuration = try JumpstarterConfiguration(yaml: yaml)
        #expect(configuration == JumpstarterConfiguration())
        #expect(configuration.authentication.internalPrefix == "internal:")
        #expect(configuration.authentication.tokenLifetime == .seconds(365 * 86_400))
        #expect(configuration.keepalive.minimumPingInterval == .seconds(1))
        #expect(configuration.keepalive.permitWithoutStream)
        #expect(configuration.maximumTags == 10)
        #expect(!configuration.provisioningEnabled)
    }

    @Test("as documented spells out the defaults")
    func documented() throws {
        let yaml = """
            authentication:
              internal: {prefix: "internal:", tokenLifetime: 8760h}
              k8s: {enabled: false}
              jwt: []
            provisioning: {enabled: false}
            grpc:
              keepalive: {minTime: 1s, permitWithoutStream: true, timeout: 180s, intervalTime: 10s, \
            maxConnectionIdle: "", maxConnectionAge: "", maxConnectionAgeGrace: ""}
            leasePolicy: {maxTags: 10}
            hiddenLabels: {keys: []}
            deprecatedLabels: {keys: {}}
            telemetry: {enabled: false, endpoint: "", certificate: "", logging: {filter: {min_severity: info}}}
            """
        #expect(try JumpstarterConfiguration(yaml: yaml) == JumpstarterConfiguration())
    }

    @Test("sets every value")
    func everything() throws {
        let configuration = try JumpstarterConfiguration(
            yaml: """
                authentication:
                  internal: {prefix: "own:", tokenLifetime: 1h30m}
                  k8s: {enabled: true}
                provisioning: {enabled: true}
                grpc:
                  keepalive:
                    minTime: 500ms
                    permitWithoutStream: false
                    timeout: 20s
                    intervalTime: 30s
                    maxConnectionIdle: 1h
                    maxConnectionAge: 2h
                    maxConnectionAgeGrace: 5m
                leasePolicy: {maxTags: 3}
                hiddenLabels: {keys: [example.com/secret, internal]}
                deprecatedLabels: {keys: {example.com/old: "use example.com/new"}}
                telemetry:
                  enabled: true
                  endpoint: "[::1]:4317"
                  certificate: pem
                  logging: {filter: {min_severity: warning}}
                """
        )
        #expect(configuration.authentication.internalPrefix == "own:")
        #expect(configuration.authentication.tokenLifetime == .seconds(5_400))
        #expect(configuration.authentication.kubernetesEnabled)
        #expect(configuration.provisioningEnabled)
        #expect(configuration.keepalive.minimumPingInterval == .milliseconds(500))
        #expect(!configuration.keepalive.permitWithoutStream)
        #expect(configuration.keepalive.timeout == .seconds(20))
        #expect(configuration.keepalive.interval == .seconds(30))
        #expect(configuration.keepalive.maximumIdle == .seconds(3_600))
        #expect(configuration.keepalive.maximumAge == .seconds(7_200))
        #expect(configuration.keepalive.maximumAgeGrace == .seconds(300))
        #expect(configuration.maximumTags == 3)
        #expect(configuration.hiddenLabels == ["example.com/secret", "internal"])
        #expect(configuration.deprecatedLabels == ["example.com/old": "use example.com/new"])
        #expect(configuration.telemetry.endpoint == HostPort(host: "::1", port: 4317))
        #expect(configuration.telemetry.minimumSeverity == "warning")
    }
}
