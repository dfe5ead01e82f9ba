/// The fields of `/proc/self/stat` that are shown (proc(5)).
struct ProcessStat: Hashable {
    /// User and system time (fields 14 and 15), in ticks.
    let cpuTicks: UInt64
    /// Start after boot (field 22), in ticks.
    let startTicks: UInt64
    /// Resident set (field 24), in pages.
    let residentPages: Int64

    /// The program's name (field 2) is in parentheses and may hold anything, so counting begins after the last one.
    init?(parsing text: String) {
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split { $0 == " " || $0 == "\n" }
        let third = 3
        guard fields.count > 24 - third,
            let user = UInt64(fields[14 - third]), let system = UInt64(fields[15 - third]),
            let start = UInt64(fields[22 - third]), let resident = Int64(fields[24 - third])
        else { return nil }
        cpuTicks = user + system
        startTicks = start
        residentPages = resident
    }
}
