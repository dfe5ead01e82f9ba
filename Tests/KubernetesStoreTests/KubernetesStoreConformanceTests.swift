import Foundation
import KubernetesStore
import ObjectStore
import Resources
import TestSupport
import Testing

@Suite("KubernetesStore and the contract")
struct KubernetesStoreConformanceTests {
    @Test("keeps the contract of a store over HTTPS", .timeLimit(.minutes(1)), arguments: StoreConformance.cases)
    func conformance(_ testCase: StoreConformance.Case) async throws {
        try await StandIn.withStore { store in
            try await testCase.run(StoreConformance.Subject(store: store, hasAtomicBatches: false))
        }
    }

    @Test("reads the version of the server")
    func version() async throws {
        try await StandIn.withStore { store in
            let found = try await store.serverVersion()
            #expect(found.contains("1.2.3"))
        }
    }
}

/// The file that names a cluster to test on.
private let clusterKubeconfig = ProcessInfo.processInfo.environment["JUMPSTARTER_TEST_KUBECONFIG"]

/// The contract on a cluster, whose kubeconfig `JUMPSTARTER_TEST_KUBECONFIG` names. Its user must be allowed to make
/// namespaces; the CRDs must be there.
@Suite(
    "KubernetesStore and the contract, on a cluster",
    .enabled(if: clusterKubeconfig != nil, "JUMPSTARTER_TEST_KUBECONFIG names no cluster")
)
struct ClusterTests {
    @Test("keeps the contract of a store", .timeLimit(.minutes(2)), arguments: StoreConformance.cases)
    func conformance(_ testCase: StoreConformance.Case) async throws {
        var environment = KubernetesEnvironment.test(ProcessInfo.processInfo.environment)
        environment.homeDirectory = NSHomeDirectory()
        let connection = try KubernetesConnection.kubeconfig(environment, path: clusterKubeconfig)
        try await withKubernetesStore(connection, environment: environment) { store in
            try await Self.withNamespaces(store) { first, second in
                try await testCase.run(
                    StoreConformance.Subject(
                        store: store,
                        namespace: first,
                        otherNamespace: second,
                        hasAtomicBatches: false
                    )
                )
            }
        }
    }

    private static func withNamespaces(
        _ store: KubernetesStore,
        _ body: (String, String) async throws -> Void
    ) async throws {
        var names: [String] = []
        for _ in 0..<2 {
            var metadata = ObjectMeta(name: "")
            metadata.generateName = "jumpstarter-conformance-"
            names.append(
                try await store.create(UnstructuredObject(type: .namespaces, metadata: metadata)).metadata.name
            )
        }
        var failure: (any Error)?
        do { try await body(names[0], names[1]) } catch { failure = error }
        for name in names {
            _ = try await store.delete(.namespaces, ObjectKey(name: name), options: DeleteOptions())
        }
        if let failure { throw failure }
    }
}
