import ServiceConfiguration
import Testing

@Suite("The environment")
struct ServiceEnvironmentTests {
    private static let controller = ["NAMESPACE": "lab", "CONTROLLER_KEY": "c", "ROUTER_KEY": "r"]

    private func issues(_ variables: [String: String], _ role: ServiceEnvironment.Role) -> [ConfigurationIssue] {
        do {
            _ = try ServiceEnvironment(variables: variables, role: role)
            return []
        } catch {
            return error.issues
        }
    }

    @Test("gives defaults in standalone mode")
    func defaults() throws {
        let environment = try ServiceEnvironment(variables: [:], role: .standalone)
        #expect(environment.grpcEndpoint == HostPort(host: "localhost", port: 8082))
        #expect(environment.routerEndpoint == HostPort(host: "localhost", port: 8083))
        #expect(environment.loginPort == 8086)
        #expect(environment.namespace == nil)
        #expect(environment.controllerKey == nil)
        #expect(environment.certificate == nil)
    }

    @Test("tells a router where the controllers are and what it is")
    func router() throws {
        let variables = [
            "ROUTER_KEY": "r", "CONTROLLER_ENDPOINTS": "a.example:8082, b.example:8082",
            "ROUTER_LABELS": "site=berlin,example.com/rack=7", "ROUTER_NAME": "router-0",
        ]
        let environment = try ServiceEnvironment(variables: variables, role: .router)
        #expect(environment.controllerEndpoints.map(\.host) == ["a.example", "b.example"])
        #expect(environment.routerLabels == ["site": "berlin", "example.com/rack": "7"])
        #expect(environment.routerName == "router-0")
        #expect(!environment.hasGRPCEndpoint)
        for (name, value) in [
            ("CONTROLLER_ENDPOINTS", "a.example"), ("ROUTER_LABELS", "site"), ("ROUTER_LABELS", "=x"),
        ] {
            #expect(issues(["ROUTER_KEY": "r", name: value], .router).count == 1)
        }
    }

    @Test("is read")
    func values() throws {
        var variables = Self.controller
        variables["GRPC_ENDPOINT"] = "grpc.example.com:443"
        variables["GRPC_ROUTER_ENDPOINT"] = "router.example.com:443"
        variables["LOGIN_ENDPOINT"] = "https://login.example.com"
        variables["LOGIN_SERVICE_PORT"] = ":9000"
        variables["CA_BUNDLE_PEM"] = "-----BEGIN CERTIFICATE-----"
        variables["EXTERNAL_CERT_PEM"] = "/tls.crt"
        variables["EXTERNAL_KEY_PEM"] = "/tls.key"
        let environment = try ServiceEnvironment(variables: variables, role: .controller)
        #expect(environment.namespace == "lab")
        #expect(environment.controllerKey?.text == "c")
        #expect(environment.routerKey?.text == "r")
        #expect(environment.grpcEndpoint.description == "grpc.example.com:443")
        #expect(environment.routerEndpoint.description == "router.example.com:443")
        #expect(environment.loginEndpoint == "https://login.example.com")
        #expect(environment.loginPort == 9000)
        #expect(environment.caBundle != nil)
        #expect(environment.certificate?.certificate == "/tls.crt")
        #expect(environment.certificate?.key == "/tls.key")
    }

    @Test("takes the namespace from the service account where the variable is not set")
    func namespace() throws {
        let keys = Self.controller.filter { $0.key != "NAMESPACE" }
        let mounted = try ServiceEnvironment(variables: keys, role: .controller, serviceAccountNamespace: "pod\n")
        #expect(mounted.namespace == "pod")
        let set = try ServiceEnvironment(variables: Self.controller, role: .controller, serviceAccountNamespace: "pod")
        #expect(set.namespace == "lab")
    }

    @Test("must have what the role needs, and all that is missing is named")
    func required() {
        #expect(issues([:], .controller).map(\.path) == ["NAMESPACE", "CONTROLLER_KEY", "ROUTER_KEY"])
        #expect(issues(["ROUTER_KEY": " "], .router).map(\.path) == ["ROUTER_KEY"])
        #expect(issues(["ROUTER_KEY": "r"], .router).isEmpty)
    }

    @Test(
        "is refused with the variable's name",
        arguments: [
            ("NAMESPACE", "Lab"), ("GRPC_ENDPOINT", "host"), ("GRPC_ROUTER_ENDPOINT", "https://host:1"),
            ("LOGIN_SERVICE_PORT", "70000"), ("LOGIN_SERVICE_PORT", "http"), ("CA_BUNDLE_PEM", "/etc/ca.pem"),
        ]
    )
    func wrong(variable: String, value: String) {
        #expect(issues([variable: value], .standalone).map(\.path) == [variable])
    }

    @Test("must have certificate and key together")
    func halfOfACertificate() {
        #expect(issues(["EXTERNAL_CERT_PEM": "/c"], .standalone).map(\.path) == ["EXTERNAL_KEY_PEM"])
        #expect(issues(["EXTERNAL_KEY_PEM": "/k"], .standalone).map(\.path) == ["EXTERNAL_CERT_PEM"])
    }

    @Test("never shows its secrets when printed")
    func redaction() throws {
        let variables = ["CONTROLLER_KEY": "hunter2", "ROUTER_KEY": "hunter2"]
        let environment = try ServiceEnvironment(variables: variables, role: .standalone)
        var dumped = ""
        dump(environment, to: &dumped)
        for text in ["\(environment)", String(reflecting: environment), dumped] { #expect(!text.contains("hunter2")) }
    }
}
