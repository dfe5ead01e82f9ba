package import ObjectStore
import Resources
import Testing

/// The contract of `ObjectStore` as tests that every implementation runs:
///
/// ```swift
/// @Test("keeps the contract", .timeLimit(.minutes(1)), arguments: StoreConformance.cases)
/// func conformance(_ testCase: StoreConformance.Case) async throws {
///     try await testCase.run(StoreConformance.Subject(store: makeStore(), namespace: "lab"))
/// }
/// ```
///
/// Each case wants a namespace of its own, with nothing in it. Cases wait for events; one that hangs has failed, so give
/// the test a time limit.
package enum StoreConformance {
    /// A store to be tested.
    package struct Subject: Sendable {
        package var store: any ObjectStore
        /// An empty namespace, and a second one.
        package var namespace: String
        package var otherNamespace: String
        /// Whether `write` is all or none.
        package var hasAtomicBatches: Bool

        package init(
            store: any ObjectStore,
            namespace: String = "lab",
            otherNamespace: String = "other",
            hasAtomicBatches: Bool = true
        ) {
            self.store = store
            self.namespace = namespace
            self.otherNamespace = otherNamespace
            self.hasAtomicBatches = hasAtomicBatches
        }
    }

    /// One sentence of the contract.
    package struct Case: Sendable, CustomTestStringConvertible {
        package var testDescription: String
        private let body: @Sendable (Subject) async throws -> Void

        init(_ sentence: String, _ body: @escaping @Sendable (Subject) async throws -> Void) {
            self.testDescription = sentence
            self.body = body
        }

        /// Runs the case; failures are recorded as issues of the running test.
        package func run(_ subject: Subject) async throws { try await body(subject) }
    }

    /// All of the contract.
    package static let cases: [Case] =
        creation + updates + statuses + patches + deletion + ownership + lists + pages + watches + selectedWatches
        + batches
}
