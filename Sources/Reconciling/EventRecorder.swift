import Foundation
package import Logging
package import ObjectStore
package import Resources

/// Writes Kubernetes Events about what happens to objects, in the background: nothing waits for one, and one that
/// cannot be written is logged and dropped. The same thing happening to the same object again raises a count.
package struct EventRecorder: Sendable {
    private static let component = "jumpstarter-controller"
    /// Kubernetes keeps events for an hour; so does the recorder count repeats.
    private static let lifetime: TimeInterval = 3600
    /// Events that wait to be written; the newest are dropped beyond.
    private static let queueLimit = 4096
    /// Remembered (object, reason, message) for counting.
    private static let memoryLimit = 4096

    private struct Note: Sendable {
        var object: Event.ObjectReference
        var reason: String
        var message: String
        var severity: Event.Severity
        var date: Date
    }

    private struct Identity: Hashable {
        var uid: String?
        var reason: String
        var message: String
    }

    private let store: any ObjectStore
    private let time: any TimeSource
    private let logger: Logger
    private let notes: AsyncStream<Note>
    private let queue: AsyncStream<Note>.Continuation

    package init(store: any ObjectStore, time: any TimeSource, logger: Logger) {
        self.store = store
        self.time = time
        self.logger = logger
        (notes, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.queueLimit))
    }

    /// Queues an event about an object.
    package func record<R: Resource>(
        about resource: R,
        _ reason: String,
        _ message: String,
        severity: Event.Severity = .normal
    ) {
        let object = Event.ObjectReference(resource)
        let note = Note(object: object, reason: reason, message: message, severity: severity, date: time.now())
        if case .dropped = queue.yield(note) {
            logger.warning("an event was dropped, too many wait", metadata: ["reason": "\(reason)"])
        }
    }

    /// Writes queued events until cancelled.
    func run() async throws {
        var known: [Identity: (key: ObjectKey, count: Int, date: Date)] = [:]
        for await note in notes {
            let identity = Identity(uid: note.object.uid, reason: note.reason, message: note.message)
            if let earlier = known[identity], note.date.timeIntervalSince(earlier.date) < Self.lifetime {
                known[identity] = (earlier.key, earlier.count + 1, earlier.date)
                await raise(earlier.key, to: earlier.count + 1, note)
            } else if let key = await write(note) {
                if known.count >= Self.memoryLimit { known.removeAll() }
                known[identity] = (key, 1, note.date)
            }
        }
        try Task.checkCancellation()
    }

    private func write(_ note: Note) async -> ObjectKey? {
        let namespace = note.object.namespace ?? "default"
        var metadata = ObjectMeta(name: "", namespace: namespace)
        // An event's name is the object's with a suffix that is unique enough: Kubernetes uses nanoseconds in hex.
        let suffix = String(UInt64(note.date.timeIntervalSince1970 * 1e9), radix: 16)
        metadata.name = "\((note.object.name ?? "unknown").prefix(200)).\(suffix)"
        let event = Event(
            metadata: metadata,
            involvedObject: note.object,
            reason: note.reason,
            message: String(note.message.prefix(1024)),
            type: note.severity,
            timestamp: Timestamp(note.date),
            component: Self.component
        )
        do {
            return try await store.create(event).key
        } catch let error as StoreError where error.reason == .alreadyExists {
            // Two notes in one nanosecond of the injected clock: a random suffix cannot collide twice.
            var renamed = event
            renamed.metadata.name += "." + UUID().uuidString.prefix(8).lowercased()
            return await create(renamed)
        } catch {
            return report(error, event)
        }
    }

    private func create(_ event: Event) async -> ObjectKey? {
        do {
            return try await store.create(event).key
        } catch {
            return report(error, event)
        }
    }

    private func raise(_ key: ObjectKey, to count: Int, _ note: Note) async {
        let patch = Patch.merge([
            "count": .integer(Int64(count)), "lastTimestamp": .string(Timestamp(note.date).description),
        ])
        do {
            _ = try await store.patch(.events, key, patch, subresource: .main)
        } catch let error as StoreError where error.reason == .notFound {
            _ = await write(note)
        } catch {
            logger.warning("an event could not be counted", metadata: ["error": "\(error)"])
        }
    }

    private func report(_ error: any Error, _ event: Event) -> ObjectKey? {
        // The service is stopping; what is written in the background ends with it.
        if error is CancellationError { return nil }
        logger.warning(
            "an event could not be written",
            metadata: [
                "reason": "\(event.reason)", "object": "\(event.involvedObject.name ?? "")", "error": "\(error)",
            ]
        )
        return nil
    }
}
