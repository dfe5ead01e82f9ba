import Foundation
import KubernetesStore
import ObjectStore
import Resources
import Synchronization
import TestSupport
import Testing
import Transport

@Suite("Credentials of a KubernetesStore", .timeLimit(.minutes(1)))
struct CredentialTests {
    /// Answers whoever shows one of the tokens.
    private func server(accepting tokens: @escaping @Sendable () -> Set<String>) -> ScriptedServer {
        ScriptedServer { request, _ in
            let header = request.headers["authorization"] ?? ""
            return tokens().contains(header.replacing("Bearer ", with: ""))
                ? .reply(200, Scripted.client("alice")) : .status(401, "Unauthorized")
        }
    }

    private func with(
        _ server: ScriptedServer,
        _ credential: KubernetesConnection.Credential,
        _ environment: KubernetesEnvironment,
        _ test: (KubernetesStore) async throws -> Void
    ) async throws {
        let authority = try TestCertificates.made.get().authority
        try await server.run { port in
            let connection = KubernetesConnection(
                server: "https://127.0.0.1:\(port)",
                certificateAuthorityPEM: Data(authority.certificatePEM.utf8),
                credential: credential
            )
            try await withKubernetesStore(connection, environment: environment, test)
        }
    }

    @Test("a token file is read again after 10 s, and at once after a refusal")
    func tokenFile() async throws {
        let file = Mutex("one\n")
        let reads = Mutex(0)
        let accepted = Mutex<Set<String>>(["one", "two", "three"])
        let date = ManualTime()
        var environment = KubernetesEnvironment.test()
        environment.now = date.now
        environment.readFile = { _ in
            reads.withLock { $0 += 1 }
            return Data(file.withLock { $0 }.utf8)
        }
        let server = server { accepted.withLock { $0 } }
        try await with(server, .tokenFile("/token"), environment) { store in
            _ = try await store.get(.clients, Scripted.key)
            file.withLock { $0 = "two" }
            _ = try await store.get(.clients, Scripted.key)
            #expect(reads.withLock { $0 } == 1)
            date.advance(by: 11)
            _ = try await store.get(.clients, Scripted.key)
            file.withLock { $0 = "three" }
            accepted.withLock { $0 = ["three"] }
            _ = try await store.get(.clients, Scripted.key)
            accepted.withLock { $0 = [] }
            #expect(await storeError { _ = try await store.get(.clients, Scripted.key) }?.reason == .unauthorized)
        }
        let shown = server.received.map { $0.headers["authorization"] ?? "" }
        let names = ["one", "one", "two", "two", "three", "three", "three"]
        #expect(shown == names.map { "Bearer \($0)" })
    }

    @Test("a refused fixed token is unauthorized, without another request, and is not in the error")
    func fixed() async throws {
        let server = server { [] }
        try await with(server, .token("s3cret"), .test()) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .unauthorized)
            #expect(error.map { "\($0)".contains("s3cret") } == false)
        }
        #expect(server.received.count == 1)
    }

    @Test("a credential command runs once for its answer's life, again when that is over or refused")
    func command() async throws {
        let folder = URL.temporaryDirectory.appending(component: "credential-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = """
            #!/bin/sh
            echo run >> "$FOLDER/runs"
            n=$(wc -l < "$FOLDER/runs")
            printf '%s' "$KUBERNETES_EXEC_INFO" > "$FOLDER/info"
            echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":'
            echo '{"token":"'$1'-'$((n))'","expirationTimestamp":"2026-01-31T09:00:00Z"}}'
            """
        try Data(script.utf8).write(to: folder.appending(component: "tool.sh"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: folder.appending(component: "tool.sh").path
        )
        let config = """
            current-context: x
            clusters: [{name: c, cluster: {server: 'https://lab'}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            users:
            - name: u
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: ./tool.sh
                  args: [token]
                  env: [{name: FOLDER, value: '\(folder.path)'}]
                  provideClusterInfo: true
            """
        try Data(config.utf8).write(to: folder.appending(component: "config"))
        let date = ManualTime()
        var environment = KubernetesEnvironment.test(["PATH": "/usr/bin:/bin"])
        environment.now = date.now
        let connection = try KubernetesConnection.kubeconfig(
            environment,
            path: folder.appending(component: "config").path
        )
        let accepted = Mutex<Set<String>>(["token-1", "token-2"])
        let server = server { accepted.withLock { $0 } }
        try await with(server, connection.credential, environment) { store in
            async let first = store.get(.clients, Scripted.key)
            async let second = store.get(.clients, Scripted.key)
            _ = try await (first, second)
            date.advance(by: 3601)
            _ = try await store.get(.clients, Scripted.key)
            accepted.withLock { $0 = ["token-3", "token-4"] }
            // An expiry that has passed asks anew each time.
            _ = try await store.get(.clients, Scripted.key)
        }
        let shown = server.received.compactMap { $0.headers["authorization"] }
        #expect(shown.prefix(3) == ["Bearer token-1", "Bearer token-1", "Bearer token-2"])
        let info = try JSONValue(json: Data(contentsOf: folder.appending(component: "info")))
        #expect(info["spec"]?["cluster"]?["server"] == "https://lab")
        #expect(info["spec"]?["interactive"] == false)
    }

    @Test(
        "a credential command that fails or answers nonsense is unavailable, with the hint of its makers",
        arguments: [
            ("/bin/false", "failed with status 1. Install me."), ("/bin/echo", "did not answer an ExecCredential"),
            ("/nonexistent/tool", "cannot be run"), ("no-such-tool-anywhere", "is not in PATH"),
        ]
    )
    func failing(_ command: String, _ words: String) async throws {
        let config = """
            current-context: x
            clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}]
            contexts: [{name: x, context: {cluster: c, user: u}}]
            users:
            - name: u
              user:
                exec: {apiVersion: client.authentication.k8s.io/v1, command: \(command), installHint: Install me.}
            """
        var environment = KubernetesEnvironment.test(["PATH": "/usr/bin:/bin"])
        environment.readFile = { _ in Data(config.utf8) }
        let connection = try KubernetesConnection.kubeconfig(environment)
        try await withKubernetesStore(connection, environment: environment) { store in
            let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
            #expect(error?.reason == .unavailable)
            #expect(error?.message.contains(words) == true)
        }
    }

    @Test("a client certificate is shown, and a server that wants one refuses without it")
    func clientCertificate() async throws {
        let authority = try TestCertificates.made.get().authority
        let certificate = try ClientCertificates.selfSigned()
        let server = ScriptedServer([.reply(200, Scripted.client("alice"))])
        try await server.run(requiringClientsOf: String(decoding: certificate.certificatePEM, as: UTF8.self)) { port in
            var connection = KubernetesConnection(
                server: "https://127.0.0.1:\(port)",
                certificateAuthorityPEM: Data(authority.certificatePEM.utf8)
            )
            var configuration = KubernetesStoreConfiguration()
            configuration.randomFraction = { 0 }
            try await withKubernetesStore(connection, configuration: configuration) { store in
                let error = await storeError { _ = try await store.get(.clients, Scripted.key) }
                #expect(error?.reason == .unavailable)
            }
            connection.clientCertificate = certificate
            try await withKubernetesStore(connection) { store in
                let found = try await store.get(.clients, Scripted.key).metadata.name
                #expect(found == "alice")
            }
        }
    }

    @Test("the name of the certificate may differ from the address")
    func serverName() async throws {
        let authority = try TestCertificates.made.get().authority
        let server = ScriptedServer([.reply(200, Scripted.client("alice"))])
        try await server.run(names: [ServerName("api.example.com")]) { port in
            let cases: [(String, String?, Bool)] = [
                ("127.0.0.1", "api.example.com", true), ("127.0.0.1", "other.example.com", false),
                ("localhost", "api.example.com", true), ("127.0.0.1", nil, false),
            ]
            for (address, name, isTrusted) in cases {
                let connection = KubernetesConnection(
                    server: "https://\(address):\(port)",
                    certificateAuthorityPEM: Data(authority.certificatePEM.utf8),
                    tlsServerName: name
                )
                var configuration = KubernetesStoreConfiguration()
                configuration.randomFraction = { 0 }
                try await withKubernetesStore(connection, configuration: configuration) { store in
                    if isTrusted {
                        _ = try await store.get(.clients, Scripted.key)
                    } else {
                        #expect(
                            await storeError { _ = try await store.get(.clients, Scripted.key) }?.reason == .unavailable
                        )
                    }
                }
            }
            #expect(server.received.allSatisfy { $0.headers["host"]?.hasSuffix(":\(port)") == true })
        }
    }
}
