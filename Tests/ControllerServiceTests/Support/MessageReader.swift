import GRPCCore

/// Reads the messages of a stream one by one, also from several tasks in turn.
struct MessageReader<Message: Sendable>: Sendable {
    private let stream: AsyncThrowingStream<Message, any Error>

    /// Runs a body with the messages of a response, and then leaves the stream.
    static func reading<Result: Sendable>(
        _ response: StreamingClientResponse<Message>,
        _ body: @Sendable (MessageReader) async throws -> Result
    ) async throws -> Result {
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: Message.self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    for try await message in response.messages { continuation.yield(message) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            defer { group.cancelAll() }
            return try await body(MessageReader(stream: stream))
        }
    }

    /// The next message; nil at a good end.
    func next() async throws -> Message? {
        for try await message in stream { return message }
        return nil
    }
}
