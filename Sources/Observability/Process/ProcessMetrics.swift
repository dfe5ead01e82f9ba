/// The metrics every Prometheus client library has for its process, read from `/proc` at each scrape. What cannot be
/// read is left out.
package struct ProcessMetrics: MetricCollector {
    private let reader: any ProcessReader

    /// Creates the collector.
    package init(reader: any ProcessReader) {
        self.reader = reader
    }

    package func collect() -> [MetricFamily] {
        let stat = (try? reader.text(of: "/proc/self/stat")).flatMap(ProcessStat.init(parsing:))
        return [
            family(
                "process_cpu_seconds_total",
                .counter,
                "Total user and system CPU time spent in seconds.",
                stat.map { Double($0.cpuTicks) / Double(reader.ticksPerSecond) }
            ),
            family("process_open_fds", .gauge, "Number of open file descriptors.", openDescriptors()),
            family(
                "process_resident_memory_bytes",
                .gauge,
                "Resident memory size in bytes.",
                stat.map { Double($0.residentPages) * Double(reader.pageSize) }
            ),
            family(
                "process_start_time_seconds",
                .gauge,
                "Start time of the process since unix epoch in seconds.",
                stat.flatMap(startTime)
            ),
        ].compactMap { $0 }
    }

    private func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double?) -> MetricFamily? {
        value.map { MetricFamily(name: name, kind: kind, help: help, series: [MetricFamily.Series(number: $0)]) }
    }

    /// Listing the folder opens it, which is one descriptor too many.
    private func openDescriptors() -> Double? {
        (try? reader.entryCount(of: "/proc/self/fd")).map { Double(max(0, $0 - 1)) }
    }

    private func startTime(_ stat: ProcessStat) -> Double? {
        guard let text = try? reader.text(of: "/proc/stat"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let boot = Double(line.dropFirst("btime ".count))
        else { return nil }
        return boot + Double(stat.startTicks) / Double(reader.ticksPerSecond)
    }
}
