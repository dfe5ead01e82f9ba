import ObjectStore
import Resources

// Compare-and-set with retry, and writes that the picture takes in before they are answered.
extension Lab {
    /// How often a lost race is run again before the caller is told.
    static var attempts: Int { 8 }

    /// Changes an exporter's status; answers the object unchanged when the change makes no difference.
    /// - Throws: `LabError.notFound`, `.aborted`; `StoreError`.
    @discardableResult
    func updateStatus(
        of key: ObjectKey,
        _ change: (inout Exporter.Status, Exporter) throws -> Void
    ) async throws -> Exporter {
        for _ in 0..<Self.attempts {
            guard var exporter = exporters[key] else {
                throw LabError.notFound("exporter \"\(key.name)\" does not exist")
            }
            let before = exporter.status
            try change(&exporter.status, exporter)
            if exporter.status == before { return exporter }
            do {
                let written = try await store.update(exporter, subresource: .status)
                observe(written)
                scheduleIfNeeded()
                return written
            } catch let error as StoreError where error.reason == .conflict {
                try await refreshExporter(key)
            }
        }
        throw LabError.aborted("exporter \"\(key.name)\" is changed by others all the time; try again")
    }

    /// Changes a client's status.
    /// - Throws: `LabError.notFound`, `.aborted`; `StoreError`.
    @discardableResult
    func updateStatus(of key: ObjectKey, _ change: (inout Client.Status) -> Void) async throws -> Client {
        for _ in 0..<Self.attempts {
            guard var client = clients[key] else { throw LabError.notFound("client \"\(key.name)\" does not exist") }
            let before = client.status
            change(&client.status)
            if client.status == before { return client }
            do {
                let written = try await store.update(client, subresource: .status)
                observe(written)
                scheduleIfNeeded()
                return written
            } catch let error as StoreError where error.reason == .conflict {
                try await refreshClient(key)
            }
        }
        throw LabError.aborted("client \"\(key.name)\" is changed by others all the time; try again")
    }

    /// Changes an exporter's labels and what else is not status.
    /// - Throws: `LabError.notFound`, `.aborted`; `StoreError`.
    func updateObject(of key: ObjectKey, _ change: (inout Exporter) -> Void) async throws -> Exporter {
        for _ in 0..<Self.attempts {
            guard var exporter = exporters[key] else {
                throw LabError.notFound("exporter \"\(key.name)\" does not exist")
            }
            let before = exporter
            change(&exporter)
            if exporter == before { return exporter }
            do {
                let written = try await store.update(exporter)
                observe(written)
                scheduleIfNeeded()
                return written
            } catch let error as StoreError where error.reason == .conflict {
                try await refreshExporter(key)
            }
        }
        throw LabError.aborted("exporter \"\(key.name)\" is changed by others all the time; try again")
    }

    /// Changes a lease's specification.
    /// - Throws: what the change throws; `LabError.notFound`, `.aborted`; `StoreError`.
    func updateSpec(of key: ObjectKey, _ change: (inout Lease) throws -> Void) async throws -> Lease {
        for _ in 0..<Self.attempts {
            var lease = try await lease(key)
            let before = lease
            try change(&lease)
            if lease == before { return lease }
            do {
                let written = try await store.update(lease)
                observe(written)
                scheduleIfNeeded()
                return written
            } catch let error as StoreError where error.reason == .conflict {
                try await refreshLease(key)
            }
        }
        throw LabError.aborted("lease \"\(key.name)\" is changed by others all the time; try again")
    }

    /// Reads a client anew from the store.
    func refreshClient(_ key: ObjectKey) async throws {
        do {
            observe(try await store.get(Client.self, key))
        } catch let error as StoreError where error.reason == .notFound {
            if let known = clients[key] { forget(known) }
        }
    }

    /// Reads an exporter anew from the store.
    func refreshExporter(_ key: ObjectKey) async throws {
        do {
            observe(try await store.get(Exporter.self, key))
        } catch let error as StoreError where error.reason == .notFound {
            if let known = exporters[key] { forget(known) }
        }
    }

    /// Reads a lease anew from the store.
    func refreshLease(_ key: ObjectKey) async throws {
        do {
            let found = try await store.get(Lease.self, key)
            // An earlier lease of that name, which a late event has brought back, is gone.
            if let known = leases[key], known.metadata.uid != found.metadata.uid, known.version < found.version {
                forget(known)
            }
            observe(found)
        } catch let error as StoreError where error.reason == .notFound {
            if let known = leases[key] { forget(known) }
        }
    }

    /// Carries out writes and takes their results in.
    /// Ended leases come last, so that they are forgotten only after their exporter is known to be free.
    func commit(_ operations: [WriteOperation]) async throws -> [UnstructuredObject] {
        let results = try await store.write(operations)
        for result in results where result.type == .exporters { observe(try result.decoded(as: Exporter.self)) }
        for result in results where result.type == .leases { observe(try result.decoded(as: Lease.self)) }
        scheduleIfNeeded()
        return results
    }
}
