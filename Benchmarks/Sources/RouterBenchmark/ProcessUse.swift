import Foundation

/// What a process and its descendants use (Linux): relays fork a process for each connection, or for each core.
enum ProcessUse {
    struct Unreadable: Error, CustomStringConvertible {
        let pid: Int
        var description: String { "process \(pid) cannot be read in /proc; is it running, on Linux?" }
    }

    /// User and system time since the start.
    static func seconds(of pid: Int) throws -> Double {
        try family(of: pid).reduce(0) { sum, pid in
            // The fields after the name in parentheses: utime and stime are the 14th and 15th of all.
            guard let fields = fields(of: pid), fields.count > 12, let user = Double(fields[11]),
                let system = Double(fields[12])
            else { return sum }
            return sum + (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        }
    }

    /// Resident memory, in bytes.
    static func memory(of pid: Int) throws -> Int {
        try family(of: pid).reduce(0) { sum, pid in
            guard let fields = fields(of: pid), fields.count > 21, let pages = Int(fields[21]) else { return sum }
            return sum + pages * sysconf(Int32(_SC_PAGESIZE))
        }
    }

    private static func family(of pid: Int) throws -> [Int] {
        guard fields(of: pid) != nil else { throw Unreadable(pid: pid) }
        var parents: [Int: Int] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let candidate = Int(name), let fields = fields(of: candidate), fields.count > 1 else { continue }
            parents[candidate] = Int(fields[1])
        }
        var family = [pid]
        var next = 0
        while next < family.count {
            family += parents.filter { $0.value == family[next] }.keys
            next += 1
        }
        return family
    }

    private static func fields(of pid: Int) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(after: name)...].split(separator: " ")
    }
}
