import Foundation
import Logging
import ObjectStore
import Reconciling
import Resources
import ServiceLifecycle

/// Deletes Events an hour after they last happened, as a Kubernetes API server does (`--event-ttl`), so that the
/// embedded store does not grow with them.
struct EventRetention: Service {
    private static let lifetime: TimeInterval = 3600
    private static let interval: TimeInterval = 600
    private static let pageSize = 500

    let store: any ObjectStore
    let time: any TimeSource
    let logger: Logger

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await deleteAgainAndAgain() }
        } catch is CancellationError {
            // The end of the service.
        }
    }

    private func deleteAgainAndAgain() async throws {
        while true {
            do {
                try await deleteOld()
            } catch let error as StoreError {
                logger.warning("old events could not be deleted", metadata: ["error": "\(error)"])
            }
            try await time.sleep(until: time.now().addingTimeInterval(Self.interval))
        }
    }

    private func deleteOld() async throws {
        let horizon = Timestamp(time.now().addingTimeInterval(-Self.lifetime))
        var options = ListOptions(limit: Self.pageSize)
        repeat {
            let page = try await store.list(.events, namespace: nil, options: options)
            for event in page.items where event.lastOccurrence.map({ $0 < horizon }) ?? false {
                try await delete(event)
            }
            options.continueToken = page.continueToken
        } while options.continueToken != nil
    }

    private func delete(_ event: UnstructuredObject) async throws {
        do {
            _ = try await store.delete(.events, event.key, options: DeleteOptions(uid: event.metadata.uid))
        } catch let error as StoreError where error.reason == .notFound || error.reason == .conflict {
            // Somebody else deleted it first.
        }
    }
}

extension UnstructuredObject {
    fileprivate var lastOccurrence: Timestamp? {
        content["lastTimestamp"]?.stringValue.flatMap(Timestamp.init(rfc3339:)) ?? metadata.creationTimestamp
    }
}
