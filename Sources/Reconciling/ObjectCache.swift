import Resources

/// The newest known version of every object of a kind, fed by watches and by our own writes in any order.
///
/// Own writes are seen before the watch delivers them, so an event may be older than what is here; and an object that
/// was dropped here may still be spoken of by events on their way. Versions decide: an older one never replaces a
/// newer one, and a dropped object stays dropped until the watch has passed its last version.
struct ObjectCache<R: Resource> {
    /// By namespace and name, so that a decision sees a namespace without copying it.
    private var namespaces: [String: [String: R]] = [:]
    /// Last versions of dropped objects by uid. Bounded by what the watch has yet to deliver.
    private var dropped: [String: UInt64] = [:]

    private(set) subscript(key: ObjectKey) -> R? {
        get { namespaces[key.namespace]?[key.name] }
        set { namespaces[key.namespace, default: [:]][key.name] = newValue }
    }

    /// The objects of a namespace by name.
    subscript(namespace namespace: String) -> [String: R] { namespaces[namespace] ?? [:] }

    /// Every object.
    var values: some Sequence<R> { namespaces.values.lazy.flatMap(\.values) }

    /// What applying a version did.
    struct Change {
        var old: R?
        var new: R?
    }

    /// Takes a version in; nil when it is not news.
    mutating func apply(_ object: R) -> Change? {
        let version = object.version
        if let uid = object.metadata.uid, let gone = dropped[uid], version <= gone { return nil }
        let old = self[object.key]
        if let old {
            if old.version >= version { return nil }
            // An earlier object of that name is gone, whatever its late events say.
            if let gone = old.metadata.uid, gone != object.metadata.uid {
                dropped[gone] = max(dropped[gone] ?? 0, version)
            }
        }
        self[object.key] = object
        return Change(old: old, new: object)
    }

    /// Forgets an object at a version; nil when it is not known, or known in a newer incarnation.
    mutating func drop(_ key: ObjectKey, uid: String?, version: UInt64) -> Change? {
        if let uid { dropped[uid] = max(dropped[uid] ?? 0, version) }
        guard let old = self[key], uid == nil || old.metadata.uid == uid else { return nil }
        self[key] = nil
        return Change(old: old, new: nil)
    }

    /// Called with the version of each event that the watch delivers.
    mutating func watchReached(_ version: UInt64) {
        if dropped.isEmpty { return }
        dropped = dropped.filter { $0.value > version }
    }

    /// The keys of objects that a list taken at a version does not hold and that are older than it: they are gone.
    func missing(from listed: Set<ObjectKey>, at version: UInt64) -> [R] {
        values.filter { !listed.contains($0.key) && $0.version <= version }
    }
}

extension Resource {
    /// The resource version as a number; ours and Kubernetes' (since 1.35, KEP-5504) can be compared.
    var version: UInt64 { metadata.resourceVersion.flatMap(UInt64.init) ?? 0 }
}
