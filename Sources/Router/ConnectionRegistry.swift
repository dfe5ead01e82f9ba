internal import NIOCore
internal import Synchronization

/// All connections of a router: counts them against their limit and reaches them all at the end.
final class ConnectionRegistry: Sendable {
    /// What becomes of a new connection.
    enum Admission: Sendable {
        /// It is served.
        case serve
        /// Its streams are told that there are too many connections.
        case refuseStreams
        /// There is not even room to say so.
        case close
    }

    private struct State {
        /// Bound: the limit and ``room(beyond:)``.
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosing = false
    }

    private let limit: Int
    private let state = Mutex(State())
    private let closed = AsyncStream.makeStream(of: Never.self)

    init(limit: Int) {
        self.limit = limit
    }

    /// How many connections beyond the limit are accepted in order to be told so.
    static func room(beyond limit: Int) -> Int { 16 + limit / 10 }

    var count: Int { state.withLock { $0.channels.count } }

    /// Takes a connection in; it is taken out again when it closes.
    func admit(_ channel: any Channel) -> Admission {
        let admission: Admission = state.withLock { state in
            let count = state.channels.count
            guard count < limit + Self.room(beyond: limit) else { return .close }
            state.channels[ObjectIdentifier(channel)] = channel
            return count < limit ? .serve : .refuseStreams
        }
        if admission != .close {
            let id = ObjectIdentifier(channel)
            channel.closeFuture.whenComplete { _ in self.remove(id) }
        }
        return admission
    }

    /// Tells all clients to open no more streams, and closes the connections that have none.
    func quiesce() {
        for channel in state.withLock({ Array($0.channels.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    /// Returns when no connection is left, or when the task is cancelled.
    func waitUntilEmpty() async {
        let isEmpty = state.withLock { state in
            state.isClosing = true
            return state.channels.isEmpty
        }
        if isEmpty { closed.continuation.finish() }
        for await _ in closed.stream {}
    }

    /// Closes all connections that are left.
    func closeAll() {
        for channel in state.withLock({ Array($0.channels.values) }) {
            channel.close(promise: nil)
        }
    }

    private func remove(_ id: ObjectIdentifier) {
        let isDone = state.withLock { state in
            state.channels[id] = nil
            return state.isClosing && state.channels.isEmpty
        }
        if isDone { closed.continuation.finish() }
    }
}
