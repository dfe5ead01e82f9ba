import Observability
import Testing

@Suite("The process's metrics")
struct ProcessMetricsTests {
    private struct FixedReader: ProcessReader {
        struct Missing: Error {}

        var files: [String: String] = [:]
        var openFiles: Int?
        let ticksPerSecond = 100
        let pageSize = 4_096

        func text(of path: String) throws -> String {
            guard let text = files[path] else { throw Missing() }
            return text
        }

        func entryCount(of path: String) throws -> Int {
            guard path == "/proc/self/fd", let openFiles else { throw Missing() }
            return openFiles
        }
    }

    @Test("come from the kernel's tables, whatever the program's name is")
    func values() {
        let stat = "12 (a) (b c) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 1000 99999 512 18446744073709551615 1\n"
        let files = ["/proc/self/stat": stat, "/proc/stat": "cpu 1 2\nbtime 1700000000\nprocesses 5\n"]
        let registry = PrometheusRegistry()
        registry.register(ProcessMetrics(reader: FixedReader(files: files, openFiles: 8)))
        let values = registry.render(.prometheusText).split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(
            values == [
                "process_cpu_seconds_total 3", "process_open_fds 7", "process_resident_memory_bytes 2097152",
                "process_start_time_seconds 1700000010",
            ]
        )
    }

    @Test("leave out what cannot be read", arguments: ["", "12 (x) S 1", "no parenthesis"])
    func unreadable(stat: String) {
        let reader = FixedReader(files: ["/proc/self/stat": stat], openFiles: nil)
        #expect(ProcessMetrics(reader: reader).collect().isEmpty)
    }

    @Test("are all there on a real Linux machine")
    func real() {
        let names = ProcessMetrics(reader: LinuxProcessReader()).collect().map(\.name)
        #expect(
            names == [
                "process_cpu_seconds_total", "process_open_fds", "process_resident_memory_bytes",
                "process_start_time_seconds",
            ]
        )
    }
}
