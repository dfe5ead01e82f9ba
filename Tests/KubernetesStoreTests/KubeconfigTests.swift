import Foundation
import KubernetesStore
import Testing

@Suite("Kubeconfig and the environment of a pod")
struct KubeconfigTests {
    /// An environment over files in memory.
    private func environment(_ files: [String: String], _ variables: [String: String] = [:]) -> KubernetesEnvironment {
        KubernetesEnvironment(
            variables: variables,
            homeDirectory: "/folder",
            readFile: { path in
                guard let text = files[path] else { throw CocoaError(.fileReadNoSuchFile) }
                return Data(text.utf8)
            },
            fileExists: { files[$0] != nil },
            now: { Date() }
        )
    }

    private func config(
        user: String,
        cluster: String = "server: https://10.0.0.1:6443/",
        context: String = "cluster: c, user: u, namespace: lab"
    ) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: x
        clusters:
        - name: c
          cluster: {\(cluster)}
        users:
        - name: u
          user: {\(user)}
        contexts:
        - name: x
          context: {\(context)}
        """
    }

    private func load(_ text: String, _ files: [String: String] = [:]) throws -> KubernetesConnection {
        let all = files.merging(["/folder/.kube/config": text]) { first, _ in first }
        return try KubernetesConnection.kubeconfig(environment(all))
    }

    private func refusal(_ body: () throws -> KubernetesConnection) -> KubernetesConnectionError.Reason? {
        do {
            _ = try body()
            Issue.record("expected a KubernetesConnectionError")
        } catch {
            return (error as? KubernetesConnectionError)?.reason
        }
        return nil
    }

    @Test("a token, the server without its slash, and the namespace of the context")
    func token() throws {
        let connection = try load(config(user: "token: abc"))
        #expect(connection.server == "https://10.0.0.1:6443")
        #expect(connection.namespace == "lab")
        guard case .token("abc") = connection.credential else {
            Issue.record("expected a token")
            return
        }
        #expect("\(connection)\(connection.credential)".contains("abc") == false)
    }

    @Test("relative files start from the folder of the kubeconfig")
    func relativeFiles() throws {
        let files = [
            "/folder/.kube/t": "abc", "/folder/.kube/pki/ca.crt": "CA", "/folder/.kube/c.crt": "CERT", "/k": "KEY",
        ]
        let text = config(
            user: "tokenFile: t, client-certificate: c.crt, client-key: /k",
            cluster: "server: https://a, certificate-authority: pki/ca.crt, tls-server-name: n, proxy-url: 'http://p:1'"
        )
        let connection = try load(text, files)
        guard case .tokenFile("/folder/.kube/t") = connection.credential else {
            Issue.record("expected a token file")
            return
        }
        #expect(connection.certificateAuthorityPEM == Data("CA".utf8))
        #expect(connection.clientCertificate == .init(certificatePEM: Data("CERT".utf8), keyPEM: Data("KEY".utf8)))
        #expect(connection.tlsServerName == "n")
        #expect(connection.proxy == "http://p:1")
    }

    @Test("data goes before files")
    func data() throws {
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let text = config(
            user: "client-certificate-data: \(base64("CERT")), client-key-data: \(base64("KEY")), client-key: /none",
            cluster: "server: https://a, certificate-authority-data: \(base64("CA")), insecure-skip-tls-verify: true"
        )
        let connection = try load(text)
        #expect(connection.certificateAuthorityPEM == Data("CA".utf8))
        #expect(connection.clientCertificate == .init(certificatePEM: Data("CERT".utf8), keyPEM: Data("KEY".utf8)))
        #expect(connection.skipsVerification)
    }

    @Test("basic authentication is taken")
    func basic() throws {
        guard case .basic("me", "secret") = try load(config(user: "username: me, password: secret")).credential else {
            Issue.record("expected basic authentication")
            return
        }
    }

    @Test("files of KUBECONFIG are merged: of entries with one name the first counts, missing files are passed over")
    func merging() throws {
        let files = [
            "/a": """
            clusters: [{name: c, cluster: {server: 'https://first'}}]
            users: []
            """,
            "/b": config(user: "token: b", cluster: "server: https://second"),
        ]
        let connection = try KubernetesConnection.kubeconfig(environment(files, ["KUBECONFIG": "/a:/missing::/b"]))
        #expect(connection.server == "https://first")
        guard case .token("b") = connection.credential else {
            Issue.record("expected the token of the second file")
            return
        }
        #expect(
            refusal { try KubernetesConnection.kubeconfig(environment([:], ["KUBECONFIG": "/no"])) } == .notConfigured
        )
    }

    @Test("a context may be named, and a missing one is told with those there are")
    func contexts() throws {
        let environment = environment(["/c": config(user: "token: a")])
        #expect(throws: KubernetesConnectionError(.missingEntry, "the kubeconfig has no context \"y\"; it has x")) {
            try KubernetesConnection.kubeconfig(environment, path: "/c", context: "y")
        }
        #expect(refusal { try load(config(user: "", context: "cluster: c, user: nobody")) } == .missingEntry)
        #expect(refusal { try load(config(user: "", context: "cluster: none")) } == .missingEntry)
        #expect(refusal { try load("{}") } == .missingEntry)
    }

    @Test(
        "what cannot be used is refused by name",
        arguments: [
            ("auth-provider: {name: gcp}", KubernetesConnectionError.Reason.unsupportedAuthentication),
            ("exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}", .unsupportedAuthentication),
            (
                "exec: {command: x, apiVersion: client.authentication.k8s.io/v1, interactiveMode: Always}",
                .unsupportedAuthentication
            ),
            ("exec: {apiVersion: client.authentication.k8s.io/v1}", .malformed),
            ("client-certificate-data: QQ==", .badCertificate), ("client-key-data: '?'", .malformed),
            ("tokenFile: nowhere", .unreadableFile),
        ]
    )
    func refusals(_ user: String, _ reason: KubernetesConnectionError.Reason) {
        #expect(refusal { try load(config(user: user)) } == reason)
    }

    @Test(
        "a file that is no kubeconfig is refused",
        arguments: ["a: [", "[]", "kind: Pod", "clusters: 3", "users: [{}]"]
    )
    func malformed(_ text: String) {
        #expect(refusal { try load(text) } == .malformed)
    }

    @Test(
        "a server or proxy that is no address is refused",
        arguments: [
            KubernetesConnection(server: "10.0.0.1"), KubernetesConnection(server: "ftp://x"),
            KubernetesConnection(server: "https://x", proxy: "ftp://p"),
            KubernetesConnection(server: "https://x", tlsServerName: "y", proxy: "http://p"),
        ]
    )
    func addresses(_ connection: KubernetesConnection) {
        #expect(throws: KubernetesConnectionError.self) {
            try KubernetesStore(connection: connection, environment: .test(), logger: .none)
        }
    }

    @Test("a pod finds its server, CA, token file and namespace")
    func inCluster() throws {
        let folder = KubernetesConnection.serviceAccountFolder
        let files = ["\(folder)/ca.crt": "CA", "\(folder)/token": "t", "\(folder)/namespace": "lab\n"]
        let variables = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"]
        let connection = try KubernetesConnection.discover(environment(files, variables))
        #expect(connection.server == "https://[fd00::1]:443")
        #expect(connection.namespace == "lab")
        guard case .tokenFile("\(folder)/token") = connection.credential else {
            Issue.record("expected the token file")
            return
        }
        #expect(refusal { try KubernetesConnection.inCluster(environment(files)) } == .notConfigured)
        #expect(refusal { try KubernetesConnection.inCluster(environment([:], variables)) } == .unreadableFile)
    }
}
