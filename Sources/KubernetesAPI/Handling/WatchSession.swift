package import Foundation
import ObjectStore
import Resources

/// A watch that has begun: its events, and how they are printed.
///
/// It holds no queue of its own: an event is taken from the store's stream only when the one before it is written.
package struct WatchSession: Sendable {
    let events: WatchStream
    let printer: EventPrinter
    /// How long the watch may last.
    package let timeout: Duration
    let permit: WatchPermit

    /// Writes every event as a line of JSON until the store's stream ends or the task is cancelled. A failure of the
    /// store is the last line, an `ERROR` event.
    /// - Throws: What `write` throws.
    package func run(_ write: (Data) async throws -> Void) async throws {
        var iterator = events.makeAsyncIterator()
        while true {
            let event: WatchEvent?
            do {
                event = try await iterator.next(isolation: #isolation)
            } catch is CancellationError {
                return
            } catch {
                return try await write(printer.line(APIStatus(from: error)))
            }
            guard let event else { return }
            try await write(printer.line(event))
        }
    }
}
