import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder that holds everything a standalone service must remember: the database, and beside it keys and
/// certificates, readable by their owner only.
struct DataFolder {
    let url: URL

    /// The secret of that name, made when it is not there yet. Written to disk before it is used, so that a token signed
    /// with it survives a crash.
    /// - Throws: `StartupError`.
    func secret(_ name: String, make: () throws -> String) throws -> String {
        let file = url.appending(path: name)
        if FileManager.default.fileExists(atPath: file.path) {
            do {
                let text = try String(contentsOf: file, encoding: .utf8)
                let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
                if !trimmed.isEmpty { return trimmed }
            } catch {
                throw StartupError("\(file.path): cannot be read: \(error.localizedDescription)")
            }
            throw StartupError("\(file.path): is empty; restore it from a backup, or remove it to have a new one made")
        }
        let text = try make()
        try write(text + "\n", to: name)
        return text
    }

    /// Writes a file with mode 0600, atomically and durably.
    /// - Throws: `StartupError`.
    func write(_ text: String, to name: String) throws {
        let target = url.appending(path: name).path
        let temporary = target + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw Self.failure(temporary, errno) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw Self.failure(temporary, errno) }
            rest = rest.dropFirst(count)
        }
        guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0, rename(temporary, target) == 0 else {
            throw Self.failure(target, errno)
        }
    }

    private static func failure(_ path: String, _ code: Int32) -> StartupError {
        let reason = String(cString: strerror(code))
        let advice =
            code == ENOSPC
            ? "free some space" : "make the folder writable for this user, or choose another with --data-dir"
        return StartupError("\(path): cannot be written: \(reason); \(advice)")
    }
}
