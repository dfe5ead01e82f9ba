import Foundation
import KubernetesAPI
import KubernetesStore
import Logging
import ObjectStore
import Resources
import SQLiteStore
import ServiceLifecycle
import Transport

/// Certificates of the tests' servers, all of one authority.
enum TestCertificates {
    static let made = Result {
        let authority = try CertificateAuthority.create(now: Date())
        let names = [ServerName("127.0.0.1"), ServerName("api.example.com")]
        return (authority: authority, identity: try authority.issue(server: names, now: Date()))
    }
}

extension Logger {
    static let none = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension KubernetesEnvironment {
    /// The real files and clock, with the variables given.
    static func test(_ variables: [String: String] = [:], home: String = "/nonexistent") -> KubernetesEnvironment {
        KubernetesEnvironment(
            variables: variables,
            homeDirectory: home,
            readFile: { try Data(contentsOf: URL(fileURLWithPath: $0)) },
            fileExists: { FileManager.default.fileExists(atPath: $0) },
            now: { Date() }
        )
    }
}

/// Our own API server over an embedded store, on a free port of the loopback.
struct StandIn {
    static let token = "the administrator's token"

    let connection: KubernetesConnection
    let embedded: SQLiteStore

    /// Runs a test beside the server; everything has ended when this returns.
    static func with(_ test: @Sendable (StandIn) async throws -> Void) async throws {
        let (authority, identity) = try TestCertificates.made.get()
        let folder = URL.temporaryDirectory.appending(component: "kubernetes-store-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let embedded = try SQLiteStore(folder: folder, now: { Date() })
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let configuration = KubernetesAPIServer.Configuration(
            host: "127.0.0.1",
            port: 0,
            certificateChainPEM: identity.certificateChainPEM,
            privateKeyPEM: identity.privateKeyPEM,
            api: .init(adminToken: token, version: "1.2.3", now: { Date() }, makeUID: { UUID() }),
            logger: .none
        )
        let server = KubernetesAPIServer(store: embedded, configuration: configuration) { continuation.yield($0) }
        let group = ServiceGroup(services: [server], logger: .none)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next(isolation: #isolation) else { return }
            for name in ["lab", "other"] {
                _ = try await embedded.create(
                    UnstructuredObject(type: .namespaces, metadata: ObjectMeta(name: name))
                )
            }
            let connection = KubernetesConnection(
                server: "https://127.0.0.1:\(port)",
                certificateAuthorityPEM: Data(authority.certificatePEM.utf8),
                credential: .token(token)
            )
            let failure: (any Error)?
            do {
                try await test(StandIn(connection: connection, embedded: embedded))
                failure = nil
            } catch {
                failure = error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            try await embedded.close()
            if let failure { throw failure }
        }
    }

    /// The same with a store that talks to the server.
    static func withStore(_ test: @Sendable (KubernetesStore) async throws -> Void) async throws {
        try await with { standIn in
            try await withKubernetesStore(standIn.connection) { try await test($0) }
        }
    }
}

/// Runs a test with a store, and closes it.
func withKubernetesStore(
    _ connection: KubernetesConnection,
    environment: KubernetesEnvironment = .test(),
    configuration: KubernetesStoreConfiguration = KubernetesStoreConfiguration(),
    _ test: (KubernetesStore) async throws -> Void
) async throws {
    let store = try KubernetesStore(
        connection: connection,
        environment: environment,
        configuration: configuration,
        logger: .none
    )
    do {
        try await test(store)
    } catch {
        try await store.close()
        throw error
    }
    try await store.close()
}
