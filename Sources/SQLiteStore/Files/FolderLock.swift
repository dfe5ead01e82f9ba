#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The exclusive right to a data folder: an advisory lock (`flock`) on its lock file, which says who holds it.
///
/// The kernel lets go of the lock when the process ends, however it ends, so a lock file left behind never blocks.
struct FolderLock: ~Copyable, Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// Takes the lock without waiting.
    /// - Throws: `SQLiteStoreError`, `.locked` with the holder's process id when somebody has it.
    static func take(path: String) throws(SQLiteStoreError) -> FolderLock {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreFolder.failure(path, "cannot be opened", errno) }
        let lock = FolderLock(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            guard code == EWOULDBLOCK else { throw StoreFolder.failure(path, "cannot be locked", code) }
            throw locked(path, holder(descriptor))
        }
        try sign(descriptor, path)
        return lock
    }

    deinit {
        // A process that was just forked off has the descriptor too until it runs its program; closing alone would leave
        // the lock with it.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private static func locked(_ path: String, _ holder: String) -> SQLiteStoreError {
        SQLiteStoreError(
            .locked,
            path: path,
            "the data folder is in use by another process (process id \(holder)); "
                + "stop that process or give this one a folder of its own"
        )
    }

    private static func holder(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        let digits = buffer.prefix(max(0, count)).prefix { (48...57).contains($0) }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }

    private static func sign(_ descriptor: Int32, _ path: String) throws(SQLiteStoreError) {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            throw StoreFolder.failure(path, "cannot be written", errno)
        }
    }
}
