import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import ObjectStore
import Resources
import Synchronization

/// Reads one watch from the server: the present objects when no version is given, then request after request from the
/// version reached, until something goes wrong.
struct WatchSource: Sendable {
    let store: KubernetesStore
    let type: ResourceType
    let namespace: String?
    let options: WatchOptions

    private var sender: RequestSender { store.sender }
    private var configuration: KubernetesStoreConfiguration { sender.configuration }

    /// - Throws: `StoreError`, or `CancellationError`.
    func run(into channel: EventChannel) async throws {
        var version: String
        // "0" means any state to an API server: here the present one.
        if let start = options.resourceVersion, !start.isEmpty, start != "0" {
            version = start
        } else {
            version = try await deliverPresent(into: channel)
        }
        var silentEnds = 0
        while true {
            try Task.checkCancellation()
            let progress = try await follow(from: version, into: channel)
            version = progress.version
            silentEnds = progress.isSilent ? silentEnds + 1 : 0
            // A server that ends watches at once must not be asked without a pause.
            if silentEnds > 0 {
                let delay = min(configuration.initialRetryDelay * (1 << min(silentEnds, 10)), .seconds(10))
                try await configuration.clock.sleep(for: delay * configuration.randomFraction())
            }
        }
    }

    private func deliverPresent(into channel: EventChannel) async throws -> String {
        let selection = ListOptions(labelSelector: options.labelSelector, fieldSelector: options.fieldSelector)
        let list = try await store.list(type, namespace: namespace, options: selection)
        for object in list.items { await channel.send(.added(object)) }
        if options.allowBookmarks {
            await channel.send(.bookmark(resourceVersion: list.resourceVersion, initialEventsEnd: true))
        }
        return list.resourceVersion
    }

    /// Where one request of the watch got to, and whether it brought nothing.
    private struct Progress: Sendable {
        var version: String
        var isSilent = true
    }

    /// One request, until the server ends it in good order.
    private func follow(from version: String, into channel: EventChannel) async throws -> Progress {
        let call = call(from: version)
        do {
            let body = try await sender.stream(call)
            return try await withSilenceLimit { activity in
                try await read(body, from: version, into: channel, activity)
            }
        } catch let failure as APIFailure {
            throw failure.error
        } catch let error as StoreError {
            throw error
        } catch is LineSplitter.TooLong {
            let limit = configuration.maximumEventSize
            throw StoreError(
                .internalError,
                "\(sender.server) sent a watch event of more than \(limit) bytes",
                type: type
            )
        } catch {
            throw try sender.failure(from: error, call).error
        }
    }

    private func call(from version: String) -> APICall {
        let range = configuration.watchSeconds
        let seconds = range.lowerBound + Int(Double(range.count - 1) * configuration.randomFraction())
        // Bookmarks are always asked for: they keep the version fresh, and tell a quiet server from a dead one.
        let query =
            [
                ("watch", "true"), ("resourceVersion", version), ("allowWatchBookmarks", "true"),
                ("timeoutSeconds", String(seconds)),
            ] + APIPath.selectors(options.labelSelector, options.fieldSelector)
        return APICall(
            method: .GET,
            target: APIPath.collection(type, namespace) + APIPath.query(query),
            type: type
        )
    }

    private func read(
        _ body: HTTPClientResponse.Body,
        from version: String,
        into channel: EventChannel,
        _ activity: Activity
    ) async throws -> Progress {
        var progress = Progress(version: version)
        var splitter = LineSplitter(maximumLength: configuration.maximumEventSize)
        for try await chunk in body {
            activity.pause()
            splitter.append(chunk)
            while let line = try splitter.next() {
                let event = try WatchLine.event(line, type, server: sender.server)
                progress.isSilent = false
                progress.version = event.version ?? progress.version
                if case .bookmark = event, !options.allowBookmarks { continue }
                await channel.send(event)
            }
            activity.resume()
        }
        if splitter.rest != nil {
            throw StoreError(.unavailable, "\(sender.server) ended a watch in the middle of an event", type: type)
        }
        return progress
    }

    private func withSilenceLimit(
        _ operation: @escaping @Sendable (Activity) async throws -> Progress
    ) async throws -> Progress {
        let activity = Activity(configuration.clock)
        let limit = configuration.watchSilence
        return try await withThrowingTaskGroup(of: Progress.self) { group in
            group.addTask { try await operation(activity) }
            group.addTask {
                while true {
                    let idle = activity.idle()
                    if idle >= limit {
                        throw StoreError(
                            .unavailable,
                            "\(sender.server) was silent for \(limit) on a watch of \(type.qualifiedPlural)",
                            type: type
                        )
                    }
                    try await configuration.clock.sleep(for: limit - idle)
                }
            }
            defer { group.cancelAll() }
            guard let progress = try await group.next() else { throw CancellationError() }
            return progress
        }
    }
}

/// When bytes last came. While we ourselves are busy with them, or wait for the consumer, the server is not silent.
private final class Activity: Sendable {
    private let clock: any Clock<Duration>
    private let waiting: Mutex<Stopwatch?>

    init(_ clock: any Clock<Duration>) {
        self.clock = clock
        self.waiting = Mutex(Stopwatch(clock))
    }

    func pause() { waiting.withLock { $0 = nil } }
    func resume() { waiting.withLock { $0 = Stopwatch(clock) } }
    func idle() -> Duration { waiting.withLock { $0?.elapsed() ?? .zero } }
}
