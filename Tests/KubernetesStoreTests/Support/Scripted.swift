import Foundation
import KubernetesStore
import ObjectStore
import Resources
import TestSupport
import Testing
import Transport

/// Bodies that scripted servers answer with.
enum Scripted {
    static func client(_ name: String, version: Int = 1, username: String? = nil) -> String {
        let spec = username.map { "{\"username\":\"\($0)\"}" } ?? "{}"
        return """
            {"apiVersion":"jumpstarter.dev/v1alpha1","kind":"Client","metadata":{"name":"\(name)","namespace":"lab",\
            "uid":"uid-\(name)","resourceVersion":"\(version)"},"spec":\(spec)}
            """
    }

    static func list(_ names: [String], version: Int, next: String? = nil) -> String {
        let token = next.map { ",\"continue\":\"\($0)\"" } ?? ""
        let items = names.map { client($0) }.joined(separator: ",")
        return """
            {"apiVersion":"jumpstarter.dev/v1alpha1","kind":"ClientList",\
            "metadata":{"resourceVersion":"\(version)"\(token)},"items":[\(items)]}
            """
    }

    static func event(_ type: String, _ name: String, version: Int) -> String {
        "{\"type\":\"\(type)\",\"object\":\(client(name, version: version))}\n"
    }

    static func bookmark(_ version: Int) -> String {
        """
        {"type":"BOOKMARK","object":{"apiVersion":"jumpstarter.dev/v1alpha1","kind":"Client",\
        "metadata":{"resourceVersion":"\(version)"}}}

        """
    }

    static let expiredEvent = """
        {"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure",\
        "message":"too old resource version: 1 (7)","reason":"Expired","code":410}}

        """

    static let key = ObjectKey(namespace: "lab", name: "alice")
}

/// Runs a test with a store on a scripted server. Delays between attempts are none.
func withScripted(
    _ server: ScriptedServer,
    configure: (inout KubernetesStoreConfiguration) -> Void = { _ in },
    _ test: (KubernetesStore) async throws -> Void
) async throws {
    var configuration = KubernetesStoreConfiguration()
    configuration.randomFraction = { 0 }
    // A machine that is busy with other tests must not use the attempts up.
    configuration.retryBudget = .seconds(50)
    configuration.connectTimeout = .seconds(30)
    configuration.requestTimeout = .seconds(30)
    configure(&configuration)
    let settings = configuration
    let authority = try TestCertificates.made.get().authority
    try await server.run { port in
        let connection = KubernetesConnection(
            server: "https://127.0.0.1:\(port)",
            certificateAuthorityPEM: Data(authority.certificatePEM.utf8),
            credential: .token("a secret token")
        )
        try await withKubernetesStore(connection, configuration: settings, test)
    }
}

/// The `StoreError` that the body throws; records an issue when it throws none.
func storeError(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Void
) async -> StoreError? {
    do {
        try await body()
        Issue.record("expected a StoreError", sourceLocation: sourceLocation)
    } catch let error as StoreError {
        return error
    } catch {
        Issue.record("expected a StoreError, found \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

/// Reads a watch to its end: what came, and how it ended.
func drain(_ stream: WatchStream) async -> (names: [String], error: StoreError?) {
    var names: [String] = []
    do {
        for try await event in stream {
            switch event {
            case .added(let object), .modified(let object), .deleted(let object): names.append(object.metadata.name)
            case .bookmark(let version, _): names.append("bookmark \(version)")
            }
        }
        return (names, nil)
    } catch {
        return (names, error as? StoreError)
    }
}
