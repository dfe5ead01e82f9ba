import SQLiteStore
import TestSupport
import Testing

@Suite("SQLiteStore and the contract")
struct SQLiteStoreConformanceTests {
    @Test("keeps the contract of a store", .timeLimit(.minutes(1)), arguments: StoreConformance.cases)
    func conformance(_ testCase: StoreConformance.Case) async throws {
        try await withStore { store in
            try await testCase.run(StoreConformance.Subject(store: store))
        }
    }

    @Test(
        "keeps the contract behind a fault-injecting store without faults",
        .timeLimit(.minutes(1)),
        arguments: StoreConformance.cases
    )
    func wrappedConformance(_ testCase: StoreConformance.Case) async throws {
        try await withStore { store in
            try await testCase.run(StoreConformance.Subject(store: FaultInjectingStore(store)))
        }
    }
}
