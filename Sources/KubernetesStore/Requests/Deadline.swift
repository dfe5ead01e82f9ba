/// Why `withDeadline` gave up.
struct DeadlineExceeded: Error {}

/// Runs an operation, cancelled when it takes longer than that on the clock.
/// - Throws: `DeadlineExceeded`, or what the operation throws.
func withDeadline<Value: Sendable>(
    _ limit: Duration,
    _ clock: any Clock<Duration>,
    _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await clock.sleep(for: limit)
            throw DeadlineExceeded()
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
