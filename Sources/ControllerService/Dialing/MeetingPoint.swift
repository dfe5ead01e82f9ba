import DequeModule
package import Foundation
package import Resources

/// Where a client's Dial meets the exporter's Listen stream of the same lease.
///
/// An invitation that a Dial has left here is delivered once: to the Listen stream that is there, or to the one that
/// takes over from it. It counts as delivered when the stream has taken it; when that fails it goes back to the head
/// of the queue.
package actor MeetingPoint {
    /// What an exporter needs to join a tunnel.
    package struct Invitation: Sendable, Hashable, Codable {
        package var routerEndpoint: String
        package var routerToken: String
        /// When the Dial was answered. The router gives up on a lone peer after a while, so an old invitation is void.
        package var issuedAt: Date

        package init(routerEndpoint: String, routerToken: String, issuedAt: Date) {
            self.routerEndpoint = routerEndpoint
            self.routerToken = routerToken
            self.issuedAt = issuedAt
        }
    }

    /// Invitations that wait for one Listen stream (spec/leases.md, "Dial and Listen").
    package static let queueLimit = 8
    /// How long an invitation is worth delivering, in seconds: the router's default patience with a lone peer.
    private static let invitationLifetime: TimeInterval = 60

    private struct Booth {
        var queue = Deque<Invitation>()
        /// The Listen stream that is served now.
        var listener: UInt64?
        var wake: AsyncStream<Void>.Continuation?
        /// The stream that is being handed an invitation; a newer one waits for its outcome.
        var handingTo: UInt64?
        /// Dials that wait for a Listen stream to come.
        var expectants: [UInt64: AsyncStream<Void>.Continuation] = [:]
    }

    private var booths: [ObjectKey: Booth] = [:]
    /// Booths that a stream has left with invitations in them, for the next one: kept while the invitations are worth
    /// delivering.
    private var abandoned: Set<ObjectKey> = []
    private var lastID: UInt64 = 0

    package init() {}

    /// How many leases have anything here, for tests.
    var boothCount: Int { booths.count }

    /// How an invitation was received.
    package enum Reception: String, Sendable, Codable {
        case accepted
        /// No Listen stream is there.
        case nobodyListens
        /// The exporter has not taken the last ones.
        case full
    }

    /// Leaves an invitation for the exporter that listens for a lease.
    package func invite(_ lease: ObjectKey, _ invitation: Invitation) -> Reception {
        guard var booth = booths[lease], booth.listener != nil else { return .nobodyListens }
        guard booth.queue.count < Self.queueLimit else { return .full }
        booth.queue.append(invitation)
        booths[lease] = booth
        booth.wake?.yield()
        return .accepted
    }

    /// Leaves an invitation, and waits for a while for somebody to listen when nobody does.
    package func invite(_ lease: ObjectKey, _ invitation: Invitation, patience: Duration) async -> Reception {
        let reception = invite(lease, invitation)
        guard case .nobodyListens = reception, patience > .zero else { return reception }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.listenerArrives(for: lease) }
            // A cancelled sleep ends the wait like one that has run out.
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
        return invite(lease, invitation)
    }

    /// Ends the Listen stream of a lease, because the exporter has opened a newer one at another replica; answers what
    /// was not delivered.
    package func relinquish(_ lease: ObjectKey) -> [Invitation] {
        guard var booth = booths[lease] else { return [] }
        let rest = Array(booth.queue)
        booth.queue = []
        booth.wake?.finish()
        booths[lease] = booth
        discardIfEmpty(lease)
        return rest
    }

    /// Completes once somebody listens for the lease, or the caller's task is cancelled.
    package func listenerArrives(for lease: ObjectKey) async {
        if booths[lease]?.listener != nil { return }
        lastID += 1
        let id = lastID
        let (arrival, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        booths[lease, default: Booth()].expectants[id] = continuation
        for await _ in arrival { break }
        booths[lease]?.expectants[id] = nil
        discardIfEmpty(lease)
    }

    /// Serves a Listen stream until it is cancelled or a newer one takes over.
    /// - Parameters:
    ///   - inherited: What an older stream at another replica has not delivered.
    ///   - deliver: Writes to the stream; what it throws ends the service, and the invitation stays.
    /// - Returns: when a newer stream has taken over.
    package func listen(
        _ lease: ObjectKey,
        inheriting inherited: [Invitation] = [],
        now: @Sendable () -> Date,
        deliver: @Sendable (Invitation) async throws -> Void
    ) async throws {
        let (id, wake) = takeOver(lease, inherited, now: now())
        defer { leave(lease, id) }
        for await _ in wake {
            while let invitation = take(lease, id) {
                do {
                    try await deliver(invitation)
                    handedOver(lease, putBack: nil)
                } catch {
                    handedOver(lease, putBack: invitation)
                    throw error
                }
            }
        }
        try Task.checkCancellation()
    }

    private func takeOver(_ lease: ObjectKey, _ inherited: [Invitation], now: Date) -> (UInt64, AsyncStream<Void>) {
        lastID += 1
        discardAbandoned(now: now)
        abandoned.remove(lease)
        var booth = booths[lease] ?? Booth()
        booth.wake?.finish()
        booth.queue = Deque(inherited) + booth.queue
        booth.queue.removeAll { now.timeIntervalSince($0.issuedAt) > Self.invitationLifetime }
        let (wake, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        booth.listener = lastID
        booth.wake = continuation
        continuation.yield()
        for expectant in booth.expectants.values { expectant.yield() }
        booths[lease] = booth
        return (lastID, wake)
    }

    private func take(_ lease: ObjectKey, _ id: UInt64) -> Invitation? {
        guard var booth = booths[lease], booth.listener == id, booth.handingTo == nil,
            let invitation = booth.queue.popFirst()
        else { return nil }
        booth.handingTo = id
        booths[lease] = booth
        return invitation
    }

    private func handedOver(_ lease: ObjectKey, putBack invitation: Invitation?) {
        booths[lease]?.handingTo = nil
        if let invitation { booths[lease]?.queue.prepend(invitation) }
        booths[lease]?.wake?.yield()
    }

    private func leave(_ lease: ObjectKey, _ id: UInt64) {
        if booths[lease]?.listener == id {
            booths[lease]?.listener = nil
            booths[lease]?.wake = nil
        }
        discardIfEmpty(lease)
    }

    /// A lease that has ended leaves nothing behind once its stream is gone.
    private func discardIfEmpty(_ lease: ObjectKey) {
        guard let booth = booths[lease], booth.listener == nil, booth.expectants.isEmpty, booth.handingTo == nil else {
            return
        }
        if booth.queue.isEmpty {
            booths[lease] = nil
            abandoned.remove(lease)
        } else {
            abandoned.insert(lease)
        }
    }

    /// Streams that broke off for good must not leave their invitations here for ever.
    private func discardAbandoned(now: Date) {
        for lease in abandoned {
            booths[lease]?.queue.removeAll { now.timeIntervalSince($0.issuedAt) > Self.invitationLifetime }
            discardIfEmpty(lease)
        }
    }

    /// Forgets a lease that is over.
    package func forget(_ lease: ObjectKey) {
        booths[lease]?.queue.removeAll()
        discardIfEmpty(lease)
    }
}
