import Foundation

/// Access to what the kernel tells of this process.
package protocol ProcessReader: Sendable {
    /// The text of a file.
    func text(of path: String) throws -> String
    /// The number of entries in a folder.
    func entryCount(of path: String) throws -> Int
    /// Clock ticks a second in `/proc/self/stat`.
    var ticksPerSecond: Int { get }
    /// Bytes in a page of memory.
    var pageSize: Int { get }
}

/// Reads the real `/proc`.
package struct LinuxProcessReader: ProcessReader {
    /// Creates a reader.
    package init() {}

    package func text(of path: String) throws -> String {
        // Files in /proc have no size, so that they must be read to their end.
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }

    package func entryCount(of path: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: path).count
    }

    package var ticksPerSecond: Int { sysconf(Int32(_SC_CLK_TCK)) }

    package var pageSize: Int { sysconf(Int32(_SC_PAGESIZE)) }
}
