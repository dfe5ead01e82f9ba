import ControllerService
import Foundation
import Testing

@Suite("Which router a tunnel goes through")
struct RouterDirectoryTests {
    private static let equals = ["a", "b", "c", "d"].map { RouterEntry(name: $0, endpoint: "\($0).example:8083") }

    @Test("no router, no choice")
    func none() {
        #expect(RouterDirectory(entries: []).choose(for: [:], streamID: "1") == nil)
    }

    @Test("the router that agrees with more of the exporter's labels wins, however loaded")
    func agreement() {
        let entries = [
            RouterEntry(name: "far", endpoint: "far:1", labels: ["site": "b"]),
            RouterEntry(name: "near", endpoint: "near:1", labels: ["site": "a"]),
            RouterEntry(name: "nearest", endpoint: "nearest:1", labels: ["site": "a", "rack": "7"]),
        ]
        let directory = RouterDirectory(entries: entries) { $0 == "nearest" ? 1000 : 0 }
        #expect(directory.choose(for: ["site": "a", "rack": "7"], streamID: "1")?.name == "nearest")
        let loaded = RouterDirectory(entries: Array(entries.dropLast())) { $0 == "near" ? 1000 : 0 }
        #expect(loaded.choose(for: ["site": "a", "rack": "7"], streamID: "1")?.name == "near")
        #expect(loaded.choose(for: ["site": "b"], streamID: "1")?.name == "far")
    }

    @Test("among equals the least loaded wins")
    func load() {
        let directory = RouterDirectory(entries: Self.equals) { ["a": 3, "b": 2, "c": 1, "d": 2][$0] ?? 0 }
        for stream in 0..<50 { #expect(directory.choose(for: [:], streamID: "\(stream)")?.name == "c") }
    }

    @Test("streams spread evenly over equals")
    func spread() {
        let directory = RouterDirectory(entries: Self.equals)
        var counts: [String: Int] = [:]
        for index in 0..<4000 {
            let stream = String(format: "0198c2d1-7a00-7%03x-8000-%012x", index % 4096, index &* 2_654_435_761)
            counts[directory.choose(for: [:], streamID: stream)?.name ?? "", default: 0] += 1
        }
        #expect(counts.count == 4)
        for (name, count) in counts { #expect((800...1200).contains(count), "\(name): \(count)") }
    }

    @Test("a stream's router does not depend on the order, and losing another router does not move it")
    func stability() {
        let all = RouterDirectory(entries: Self.equals)
        let reversed = RouterDirectory(entries: Self.equals.reversed())
        let fewer = RouterDirectory(entries: Self.equals.filter { $0.name != "b" })
        for index in 0..<500 {
            let stream = "stream-\(index)"
            let choice = all.choose(for: [:], streamID: stream)
            #expect(reversed.choose(for: [:], streamID: stream) == choice)
            if choice?.name != "b" { #expect(fewer.choose(for: [:], streamID: stream) == choice) }
        }
    }
}
