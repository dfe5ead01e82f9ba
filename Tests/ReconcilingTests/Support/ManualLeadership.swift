import Reconciling
import Synchronization

/// A leadership that a test gives and takes.
final class ManualLeadership: Leadership {
    private let state: Mutex<(leads: Bool, readers: [AsyncStream<Bool>.Continuation])>

    init(_ leads: Bool) { state = Mutex((leads, [])) }

    var isLeader: Bool { state.withLock { $0.leads } }

    func changes() -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(of: Bool.self)
        state.withLock { state in
            state.readers.append(continuation)
            continuation.yield(state.leads)
        }
        return stream
    }

    func set(_ leads: Bool) {
        state.withLock { state in
            state.leads = leads
            for reader in state.readers { reader.yield(leads) }
        }
    }
}
