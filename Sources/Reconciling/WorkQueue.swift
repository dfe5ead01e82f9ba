/// Keys that need work, each at most once in the queue and never worked on twice at a time; a key that is added while
/// it is being worked on is queued again afterwards. The rules are those of client-go's workqueue.
///
/// Bounded by the number of objects, because a key is held once.
struct WorkQueue<Key: Hashable> {
    private var order: [Key] = []
    private var head = 0
    private var queued: Set<Key> = []
    private(set) var inProgress: Set<Key> = []
    private var dirty: Set<Key> = []

    /// True when nothing is queued for the key nor being done.
    func isIdle(_ key: Key) -> Bool { !queued.contains(key) && !inProgress.contains(key) }

    mutating func add(_ key: Key) {
        if inProgress.contains(key) {
            dirty.insert(key)
        } else if queued.insert(key).inserted {
            order.append(key)
        }
    }

    /// The next key to work on, which is then in progress; nil when nothing is queued.
    mutating func next() -> Key? {
        while head < order.count {
            let key = order[head]
            head += 1
            if head > 512 && head * 2 > order.count {
                order.removeFirst(head)
                head = 0
            }
            queued.remove(key)
            if inProgress.insert(key).inserted { return key }
            // Somebody has begun with it out of turn.
            dirty.insert(key)
        }
        return nil
    }

    /// Begins work on a key out of turn. False when it is being worked on already.
    mutating func begin(_ key: Key) -> Bool { inProgress.insert(key).inserted }

    /// The work on a key is finished.
    /// Returns true when the key was added meanwhile and is queued again.
    mutating func finished(_ key: Key) -> Bool {
        inProgress.remove(key)
        guard dirty.remove(key) != nil else { return false }
        add(key)
        return true
    }
}
