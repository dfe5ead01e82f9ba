import Foundation

/// The CPU time a process has used (Linux).
enum ProcessCPU {
    struct Unreadable: Error, CustomStringConvertible {
        let pid: Int
        var description: String { "the CPU time of process \(pid) cannot be read; is it running, on Linux?" }
    }

    /// User and system time since its start.
    static func seconds(of pid: Int) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // The second field is the name in parentheses and may contain anything; utime and stime are fields 14 and 15.
        guard let name = text.lastIndex(of: ")") else { throw Unreadable(pid: pid) }
        let fields = text[name...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else {
            throw Unreadable(pid: pid)
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
