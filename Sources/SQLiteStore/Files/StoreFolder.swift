import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The data folder: the files in it, and making and checking it.
struct StoreFolder: Sendable {
    let url: URL

    var path: String { url.path(percentEncoded: false) }
    var database: String { url.appending(path: "store.sqlite").path(percentEncoded: false) }
    /// A database under construction; renamed to `database` once it is complete, so that no half-made one is ever used.
    var databaseInTheMaking: String { database + ".new" }
    var lock: String { url.appending(path: "store.lock").path(percentEncoded: false) }

    /// Makes the folder when it is missing and checks that files can be made in it.
    /// - Throws: `SQLiteStoreError`.
    func prepare() throws(SQLiteStoreError) {
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
            guard isDirectory.boolValue else {
                throw SQLiteStoreError(
                    .folderUnusable,
                    path: path,
                    "is a file, not a folder; name another data folder or move the file away"
                )
            }
        } else {
            try makeFolder()
        }
        guard access(path, W_OK | X_OK | R_OK) == 0 else {
            throw SQLiteStoreError(
                .notWritable,
                path: path,
                "this process may not read and write the data folder (\(Self.reason(errno))); change its owner or mode"
            )
        }
    }

    private func makeFolder() throws(SQLiteStoreError) {
        do {
            try FileManager.default.createDirectory(
                at: url,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw SQLiteStoreError(
                .folderUnusable,
                path: path,
                "cannot make the data folder (\(error.localizedDescription)); make it by hand or name another"
            )
        }
    }

    /// Makes an empty file that only its owner may read; SQLite gives its journals the same mode.
    /// - Throws: `SQLiteStoreError`.
    func makePrivateFile(_ file: String) throws(SQLiteStoreError) {
        let descriptor = open(file, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(file, "cannot be made", errno) }
        close(descriptor)
    }

    /// Renames a finished file into place and makes the rename durable.
    /// - Throws: `SQLiteStoreError`.
    func move(_ source: String, to target: String) throws(SQLiteStoreError) {
        guard rename(source, target) == 0 else { throw Self.failure(target, "cannot be put in place", errno) }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure(path, "cannot be opened", errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.failure(path, "cannot be written to disk", errno) }
    }

    /// The error for a failed system call.
    static func failure(_ path: String, _ what: String, _ code: Int32) -> SQLiteStoreError {
        let kind: SQLiteStoreError.Reason =
            switch code {
            case EACCES, EPERM, EROFS: .notWritable
            case ENOSPC, EDQUOT: .diskFull
            default: .failed
            }
        let advice =
            switch kind {
            case .notWritable: "; change its owner or mode"
            case .diskFull: "; free some space"
            default: ""
            }
        return SQLiteStoreError(kind, path: path, "\(what): \(reason(code))\(advice)")
    }

    static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
