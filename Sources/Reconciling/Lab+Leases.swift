import Foundation
import Leasing
import Logging
package import ObjectStore
package import Resources

// What clients ask of the lab (spec/leases.md, "Creating and updating a lease").
extension Lab {
    /// The lease of that key.
    /// - Throws: `LabError.notFound`.
    package func lease(_ key: ObjectKey) async throws -> Lease {
        if let known = leases[key] { return known }
        do {
            return try await store.get(Lease.self, key)
        } catch let error as StoreError where error.reason == .notFound {
            throw LabError.notFound("lease \"\(key.name)\" does not exist in namespace \"\(key.namespace)\"")
        }
    }

    /// The lease as the store has it.
    /// - Throws: `LabError.notFound`; `StoreError`.
    package func freshLease(_ key: ObjectKey) async throws -> Lease {
        try await refreshLease(key)
        return try await lease(key)
    }

    /// Takes in an exporter as the store has it.
    package func freshen(exporter key: ObjectKey) async throws { try await refreshExporter(key) }

    /// Creates a lease and schedules it in the same call: when an exporter is free, the answer is Ready.
    /// - Throws: `LabError.alreadyExists`, `.unavailable`; `StoreError`.
    package func create(_ lease: Lease) async throws -> Lease {
        try await synced()
        var lease = lease
        lease.metadata.labels.merge(lease.serviceLabels) { $1 }
        if let owner = promiseExporter(to: lease) { lease.metadata.ownerReferences = [owner] }
        let created: Lease
        do {
            created = try await store.create(lease)
        } catch {
            withdrawPromise(to: lease.key)
            scheduleIfNeeded()
            guard let error = error as? StoreError, error.reason == .alreadyExists else { throw error }
            throw LabError.alreadyExists("lease \"\(lease.metadata.name)\" exists already; choose another lease_id")
        }
        observe(created)
        return try await settled(created, until: \.isDecided)
    }

    /// Changes a lease and lets the change take effect.
    /// - Parameter change: Looks at the lease as it is and changes its specification, or throws.
    package func update(_ key: ObjectKey, _ change: @Sendable (inout Lease) throws -> Void) async throws -> Lease {
        try await synced()
        let updated = try await updateSpec(of: key) { lease in
            let before = lease.spec
            try change(&lease)
            try self.refuseChangeBeyondAccess(lease, from: before)
        }
        return try await settled(updated) { $0.version >= updated.version }
    }

    /// A running lease may not be stretched beyond what a policy allows, nor handed to a client without access.
    private func refuseChangeBeyondAccess(_ lease: Lease, from before: Lease.Spec) throws {
        guard !lease.spec.release, let key = lease.exporterKey, let exporter = exporters[key] else { return }
        if lease.spec.duration == before.duration && lease.spec.clientRef == before.clientRef { return }
        guard let why = LeaseEligibility.accessRefusal(of: lease, to: exporter, in: view(of: key.namespace)) else {
            return
        }
        throw LabError.permissionDenied("the change is not allowed: \(why.message)")
    }

    /// Ends a lease. Idempotent: an ended one stays ended.
    /// - Parameter check: Looks at the lease as it is before it is ended, and may throw.
    /// - Throws: what the check throws; `LabError.notFound`, `.aborted`, `.unavailable`; `StoreError`.
    package func release(_ key: ObjectKey, if check: @Sendable (Lease) throws -> Void = { _ in }) async throws {
        try await synced()
        guard leadership.isLeader else { return try await askForRelease(of: key, if: check) }
        try await exclusively(.lease(key)) {
            var lostRace: StoreError?
            for _ in 0..<Self.attempts {
                let lease = try await self.lease(key)
                if lostRace != nil && lease.status.ended { return }
                try check(lease)
                if lease.status.ended { return }
                self.dropVerdict(on: key)
                do {
                    let message = EndReason.released.message(for: lease)
                    return try await self.end(lease, .released, message, at: self.now, releasing: true)
                } catch let error as StoreError where error.reason == .conflict || error.reason == .notFound {
                    lostRace = error
                }
            }
            let reason = lostRace?.message ?? ""
            throw LabError.aborted("lease \"\(key.name)\" is changed by others all the time; try again: \(reason)")
        }
    }

    /// Waits until this replica's picture shows that the leader has decided on a lease, so that whoever asks here next is
    /// told the same.
    package func catchUpWithDecision(on key: ObjectKey) async { await catchUp(with: key, until: \.isDecided) }

    /// Waits until this replica's picture shows that a lease has ended. One that it does not have was read from the store
    /// anyway.
    package func catchUpWithEnd(of key: ObjectKey) async {
        if leases[key] != nil { await catchUp(with: key, until: \.status.ended) }
    }

    private func catchUp(with key: ObjectKey, until isShown: @escaping @Sendable (Lease) -> Bool) async {
        do {
            _ = try await awaitDecision(on: key, patience: 1, until: isShown)
        } catch {
            // What was asked for has been done; only the picture of it is late.
            logger.info("a lease is not seen yet", metadata: ["lease": "\(key)", "error": "\(error)"])
        }
    }

    /// Lets the leader end a lease.
    private func askForRelease(of key: ObjectKey, if check: @Sendable (Lease) throws -> Void) async throws {
        let updated = try await updateSpec(of: key) { lease in
            try check(lease)
            if !lease.status.ended { lease.spec.release = true }
        }
        if !updated.status.ended { _ = try await awaitDecision(on: key) { $0.status.ended } }
    }

    /// The lease once everything that its present state asks for has been done.
    /// - Parameter isDecided: Tells the same when another replica leads.
    private func settled(
        _ lease: Lease,
        until isDecided: @escaping @Sendable (Lease) -> Bool
    ) async throws -> Lease {
        scheduleIfNeeded()
        guard leadership.isLeader else { return try await awaitDecision(on: lease.key, until: isDecided) ?? lease }
        try await settle(.lease(lease.key))
        return try await self.lease(lease.key)
    }

    /// Creates the Client of an external user (`provisioning.enabled`); answers the existing one when another call was
    /// faster.
    package func provisionClient(_ key: ObjectKey, username: String) async throws -> Client {
        let metadata = ObjectMeta(name: key.name, namespace: key.namespace)
        do {
            let client = try await store.create(Client(metadata: metadata, spec: .init(username: username)))
            observe(client)
            logger.info("client provisioned", metadata: ["client": "\(key.name)", "namespace": "\(key.namespace)"])
            return client
        } catch let error as StoreError where error.reason == .alreadyExists {
            return try await store.get(Client.self, key)
        }
    }

    /// A page of exporters.
    package func exporters(namespace: String, options: ListOptions) async throws -> ObjectList {
        try await store.list(.exporters, namespace: namespace, options: options)
    }

    /// A page of leases, ended ones included unless the selector leaves them out.
    package func leases(namespace: String, options: ListOptions) async throws -> ObjectList {
        try await store.list(.leases, namespace: namespace, options: options)
    }

    /// The names of a client's leases that have not ended.
    package func activeLeases(ofClient key: ObjectKey) async throws -> [String] {
        try await synced()
        return leases.values
            .filter { $0.clientKey == key && !$0.status.ended }
            .map(\.metadata.name)
            .sorted()
    }
}
