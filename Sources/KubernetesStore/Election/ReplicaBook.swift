import ObjectStore
import Resources

/// The replicas that were seen, and when each last showed life on our own clock. Free of I/O.
struct ReplicaBook: Sendable {
    private struct Entry {
        var object: UnstructuredObject
        var record: LeaseRecord
        var seenAt: Duration
    }

    private var entries: [String: Entry] = [:]

    /// A lease as it is. One that changed shows life.
    mutating func observe(_ object: UnstructuredObject, at moment: Duration) {
        let record = LeaseRecord(object)
        let name = object.metadata.name
        if let known = entries[name], known.record == record, known.object.metadata.uid == object.metadata.uid {
            entries[name]?.object = object
        } else {
            entries[name] = Entry(object: object, record: record, seenAt: moment)
        }
    }

    mutating func forget(_ name: String) { entries[name] = nil }

    /// All that there is, as a list tells it.
    mutating func replace(with objects: [UnstructuredObject], at moment: Duration) {
        let names = Set(objects.map(\.metadata.name))
        for name in entries.keys where !names.contains(name) { entries[name] = nil }
        for object in objects { observe(object, at: moment) }
    }

    /// Those whose lease has not run out, ordered by id.
    func living(at moment: Duration) -> [Replica] {
        entries.values
            .filter { $0.seenAt + .seconds($0.record.durationSeconds) > moment }
            .compactMap { Replica($0.object) }
            .sorted { $0.id < $1.id }
    }

    /// The leases that nobody has renewed for that long.
    func abandoned(for age: Duration, at moment: Duration) -> [UnstructuredObject] {
        entries.values.filter { $0.seenAt + age <= moment }.map(\.object)
    }
}
