import ObjectStore

/// A watch as its consumer holds it: cancelling the consumer, or letting the stream go, ends the request.
final class WatchHandle: Sendable {
    private let channel: EventChannel
    private let task: Task<Void, Never>

    init(_ source: WatchSource, buffer: Int) {
        let channel = EventChannel(limit: buffer)
        self.channel = channel
        self.task = Task {
            do {
                try await source.run(into: channel)
                channel.finish(.success(()))
            } catch is CancellationError {
                channel.finish(.success(()))
            } catch {
                channel.finish(.failure(error))
            }
        }
    }

    deinit {
        task.cancel()
        channel.finish(.success(()), dropping: true)
    }

    /// The next event; nil when the consumer was cancelled.
    /// - Throws: `StoreError`.
    func next() async throws -> WatchEvent? {
        try await withTaskCancellationHandler {
            try await channel.next()
        } onCancel: {
            task.cancel()
            channel.finish(.success(()), dropping: true)
        }
    }
}
