package import ObjectStore
package import Resources
import Synchronization

/// A store that passes every call on to another and, where a test says so, lets it go wrong.
///
/// Faults are tried in the order in which they were added; the first that fits a call is used, and forgotten after its
/// number of times.
package final class FaultInjectingStore: ObjectStore {
    private struct Rule {
        var fault: StoreFault
        var remaining: Int?
        var fits: @Sendable (StoreCall) -> Bool
    }

    private struct State {
        var rules: [Rule] = []
        var calls: [StoreCall] = []
        var watches: [Int: WatchTap] = [:]
        var nextWatch = 0
        var observers: [(fits: @Sendable ([StoreCall]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func takeFault(for call: StoreCall) -> StoreFault? {
            guard let index = rules.firstIndex(where: { $0.fits(call) }) else { return nil }
            let fault = rules[index].fault
            if let remaining = rules[index].remaining {
                rules[index].remaining = remaining - 1
                if remaining <= 1 { rules.remove(at: index) }
            }
            return fault
        }
    }

    private let base: any ObjectStore
    private let state = Mutex(State())

    package init(_ base: any ObjectStore) { self.base = base }

    /// Lets calls go wrong.
    /// - Parameters:
    ///   - times: How many calls; nil for all until `heal`.
    ///   - fits: Which calls.
    package func inject(
        _ fault: StoreFault,
        times: Int? = 1,
        when fits: @escaping @Sendable (StoreCall) -> Bool
    ) {
        state.withLock { $0.rules.append(Rule(fault: fault, remaining: times, fits: fits)) }
    }

    /// Lets calls of some operations go wrong, of any kind or one.
    package func inject(
        _ fault: StoreFault,
        on operations: Set<StoreCall.Operation>,
        of type: ResourceType? = nil,
        times: Int? = 1
    ) {
        inject(fault, times: times) { call in
            operations.contains(call.operation) && (type == nil || call.type == type)
        }
    }

    /// Lets every call fail, and ends every watch, as a store that cannot be reached.
    package func breakDown(_ error: StoreError = StoreError(.unavailable, "the store cannot be reached")) {
        inject(.failBefore(error), times: nil) { _ in true }
        endWatches(throwing: error)
    }

    /// Forgets every fault and lets stalled watches go on.
    package func heal() {
        let taps = state.withLock { state in
            state.rules.removeAll()
            return Array(state.watches.values)
        }
        taps.forEach { $0.resume() }
    }

    /// Ends the watches of a kind (nil: of every kind): with an error, or in silence when there is none.
    package func endWatches(of type: ResourceType? = nil, throwing error: StoreError?) {
        taps(type).forEach { $0.end(throwing: error) }
    }

    /// Lets the watches of a kind (nil: of every kind) deliver nothing more, without ending, until `heal`.
    package func stallWatches(of type: ResourceType? = nil) { taps(type).forEach { $0.stall() } }

    /// Every call so far, in order.
    package var calls: [StoreCall] { state.withLock { $0.calls } }

    /// Returns once the calls so far satisfy a test.
    package func waitForCalls(where fits: @escaping @Sendable ([StoreCall]) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if fits(state.calls) { return true }
                state.observers.append((fits, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func taps(_ type: ResourceType?) -> [WatchTap] {
        state.withLock { state in state.watches.values.filter { type == nil || $0.type == type } }
    }

    private func fault(for call: StoreCall) -> StoreFault? {
        let (fault, observers) = state.withLock { state in
            state.calls.append(call)
            let calls = state.calls
            let satisfied = state.observers.filter { $0.fits(calls) }.map(\.continuation)
            state.observers.removeAll { $0.fits(calls) }
            return (state.takeFault(for: call), satisfied)
        }
        observers.forEach { $0.resume() }
        return fault
    }

    private func carryOut<Value: Sendable>(
        _ call: StoreCall,
        _ body: () async throws -> Value
    ) async throws -> Value {
        switch fault(for: call) {
        case nil: return try await body()
        case .failBefore(let error): throw error
        case .failAfter(let error):
            _ = try await body()
            throw error
        case .holdBefore(let gate):
            try await gate.pass()
            return try await body()
        case .holdAfter(let gate):
            let value = try await body()
            try await gate.pass()
            return value
        }
    }
}

extension FaultInjectingStore {
    package func get(_ type: ResourceType, _ key: ObjectKey) async throws -> UnstructuredObject {
        try await carryOut(StoreCall(.get, type: type, key: key)) { try await base.get(type, key) }
    }

    package func list(_ type: ResourceType, namespace: String?, options: ListOptions) async throws -> ObjectList {
        try await carryOut(StoreCall(.list, type: type)) {
            try await base.list(type, namespace: namespace, options: options)
        }
    }

    package func create(_ object: UnstructuredObject) async throws -> UnstructuredObject {
        try await carryOut(StoreCall(.create, type: object.type, key: object.key)) { try await base.create(object) }
    }

    package func update(_ object: UnstructuredObject, subresource: Subresource) async throws -> UnstructuredObject {
        try await carryOut(StoreCall(.update, type: object.type, key: object.key, subresource: subresource)) {
            try await base.update(object, subresource: subresource)
        }
    }

    package func patch(
        _ type: ResourceType,
        _ key: ObjectKey,
        _ patch: Patch,
        subresource: Subresource
    ) async throws -> UnstructuredObject {
        try await carryOut(StoreCall(.patch, type: type, key: key, subresource: subresource)) {
            try await base.patch(type, key, patch, subresource: subresource)
        }
    }

    package func delete(
        _ type: ResourceType,
        _ key: ObjectKey,
        options: DeleteOptions
    ) async throws -> UnstructuredObject {
        try await carryOut(StoreCall(.delete, type: type, key: key)) {
            try await base.delete(type, key, options: options)
        }
    }

    package func write(_ operations: [WriteOperation]) async throws -> [UnstructuredObject] {
        try await carryOut(StoreCall(.write, type: operations.first?.type)) { try await base.write(operations) }
    }

    package func watch(
        _ type: ResourceType,
        namespace: String?,
        options: WatchOptions
    ) async throws -> WatchStream {
        try await carryOut(StoreCall(.watch, type: type)) {
            let tap = WatchTap(type: type, try await base.watch(type, namespace: namespace, options: options))
            state.withLock { state in
                state.watches[state.nextWatch] = tap
                state.nextWatch += 1
            }
            return WatchStream { try await tap.next() }
        }
    }
}

extension WriteOperation {
    fileprivate var type: ResourceType {
        switch self {
        case .create(let object), .update(let object, _): object.type
        case .patch(let type, _, _, _), .delete(let type, _, _): type
        }
    }
}
