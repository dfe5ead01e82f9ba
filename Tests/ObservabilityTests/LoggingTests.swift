import Foundation
import Logging
import Synchronization
import Testing

@testable import Observability

@Suite("Log lines")
struct LoggingTests {
    private final class Lines: LogSink {
        private let state = Mutex<[String]>([])
        var all: [String] { state.withLock { $0 } }
        func write(line: String) { state.withLock { $0.append(line) } }
    }

    private struct Failure: Error, CustomStringConvertible {
        let description = "it broke"
    }

    private func logger(_ format: LogFormat, _ lines: Lines, level: Logger.Level = .info) -> Logger {
        Logger(label: "controller") { label in
            ServiceLogHandler(label: label, format: format, level: level, sink: lines) {
                Date(timeIntervalSince1970: 1_767_323_045.678_9)
            }
        }
    }

    @Test("are JSON objects with metadata flattened and in order")
    func json() {
        let lines = Lines()
        var logger = logger(.json, lines)
        logger[metadataKey: LogKey.peer] = "10.0.0.1"
        logger.warning(
            "lease ended",
            metadata: [
                "lease_id": "l1", "context": ["ci": "42", "deep": ["er": "x"]], "tags": ["a", "b"], "none": [:],
            ],
            source: "Leasing"
        )
        let prefix = #"{"ts":"2026-01-02T03:04:05.678Z","level":"warning","msg":"lease ended","label":"controller","#
        let rest =
            #""source":"Leasing","context.ci":"42","context.deep.er":"x","lease_id":"l1","none":{},"#
            + #""peer":"10.0.0.1","tags":["a","b"]}"#
        #expect(lines.all == [prefix + rest])
    }

    @Test("escape what JSON wants escaped, and can be read back")
    func escaping() throws {
        let lines = Lines()
        let nasty = "\"quoted\" \\ \n\r\t\0\u{1}\u{1F}\u{7F}\u{2028}é\u{1F600}"
        logger(.json, lines).info("\(nasty)", metadata: ["\(nasty)": "\(nasty)"])
        let line = try #require(lines.all.first)
        #expect(!line.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{2028}" })
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["msg"] as? String == nasty)
        #expect(object[nasty] as? String == nasty)
    }

    @Test("never give a key twice")
    func reservedKeys() throws {
        let lines = Lines()
        logger(.json, lines).info("real", metadata: ["msg": "forged", "ts": "forged", "error": "cause"])
        let line = try #require(lines.all.first)
        #expect(line.contains(#""metadata.msg":"forged","metadata.ts":"forged"}"#))
        #expect(line.contains(#""msg":"real""#))
        #expect(line.contains(#""error":"cause""#))
    }

    @Test("show the error of an event")
    func error() throws {
        let lines = Lines()
        logger(.json, lines).error("failed", error: Failure())
        logger(.text, lines).error("failed", error: Failure())
        #expect(lines.all.first?.contains(#""error":"it broke""#) == true)
        #expect(lines.all.last?.hasSuffix("failed error=\"it broke\"") == true)
    }

    @Test("are for people in text form")
    func text() {
        let lines = Lines()
        let logger = logger(.text, lines)
        logger.info("lease assigned", metadata: ["exporter": "dut 1", "lease_id": "l1", "empty": "", "q": "a\"b"])
        logger.critical("two\nlines \u{1B}[31m")
        #expect(
            lines.all == [
                #"2026-01-02T03:04:05.678Z INFO     [controller] lease assigned empty="" exporter="dut 1" lease_id=l1 q="a\"b""#,
                #"2026-01-02T03:04:05.678Z CRITICAL [controller] two\nlines \u{1B}[31m"#,
            ]
        )
    }

    @Test("below the level are not written, and the call's metadata wins over the logger's and the provider's")
    func levelAndMetadata() {
        let lines = Lines()
        var handler = ServiceLogHandler(label: "l", format: .text, level: .info, sink: lines) {
            Date(timeIntervalSince1970: 0)
        }
        handler.metadataProvider = Logger.MetadataProvider { ["a": "provider", "b": "provider", "c": "provider"] }
        var logger = Logger(label: "l") { _ in handler }
        logger[metadataKey: "a"] = "logger"
        logger[metadataKey: "b"] = "logger"
        logger.debug("unseen")
        logger.info("seen", metadata: ["a": "call"])
        #expect(lines.all == ["1970-01-01T00:00:00.000Z INFO     [l] seen a=call b=logger c=provider"])
    }

    @Test(
        "have times in RFC 3339 with milliseconds",
        arguments: [
            (0.0, "1970-01-01T00:00:00.000Z"), (951_782_400.0, "2000-02-29T00:00:00.000Z"),
            (4_107_542_399.999_6, "2100-02-28T23:59:59.999Z"), (-1.0, "1969-12-31T23:59:59.000Z"),
            (1_735_689_599.0, "2024-12-31T23:59:59.000Z"), (1_709_164_800.5, "2024-02-29T00:00:00.500Z"),
        ]
    )
    func times(seconds: Double, text: String) {
        #expect(LogTimestamp.format(Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test("of many threads never mix on a file descriptor")
    func wholeLines() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: path) }
        #expect(FileManager.default.createFile(atPath: path.path(), contents: nil))
        let file = try FileHandle(forWritingTo: path)
        let sink = FileDescriptorLogSink(descriptor: file.fileDescriptor)
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    let line = String(repeating: "\(writer)", count: 3_000)
                    for _ in 0..<50 { sink.write(line: line) }
                }
            }
        }
        try file.close()
        let lines = try String(contentsOf: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 400)
        #expect(lines.allSatisfy { $0.count == 3_000 && Set($0).count == 1 })
        #expect(sink.dropped == 0)
    }

    @Test("that cannot be written are counted")
    func dropped() {
        let sink = FileDescriptorLogSink(descriptor: -1)
        sink.write(line: "lost")
        #expect(sink.dropped == 1)
    }
}
