import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Router

/// Tunnels that come and go in one router, with traffic and all kinds of ends.
///
/// As part of all tests it takes a few seconds. `JUMPSTARTER_SOAK_SECONDS`, as `make soak-router` sets it, makes it last
/// as long as wanted; it runs alone then, and memory and descriptors of the process must not have grown at the end. Its
/// dates then run up to sixty times as fast, so that a day's tokens are made, used, and forgotten when they have expired.
@Suite("A router that runs for long", .timeLimit(.minutes(60)))
struct SoakTests {
    private static let atOnce = 8
    private static let seconds =
        ProcessInfo.processInfo.environment["JUMPSTARTER_SOAK_SECONDS"].flatMap { Double($0) }
    /// How much faster than others the dates of tokens run.
    private static let haste = seconds.map { max(1, min(60, 86_400 / $0)) } ?? 1
    /// What the allocator may keep of the largest crowd, and the cache of the TLS library.
    private static let allowedGrowth = 64 << 20

    /// Those that leave nothing to wait for.
    private static let endings = Ending.all.filter {
        $0.timeout == nil && !$0.dropsQueue && !$0.partnerHasFinished && !$0.isHalf
    }

    @Test("keeps neither memory nor descriptors of tunnels that have ended, however they did")
    func soak() async throws {
        let seed = Traffic.seed
        let tally = Tally()
        let start = ContinuousClock.now
        try await RouterFixture.withRouter(
            date: { RouterFixture.now + (ContinuousClock.now - start) / .seconds(1) * Self.haste }
        ) { router in
            // Warm-up: caches fill, the allocator takes its arenas.
            try await Self.crowd(router, pairs: 0..<64, seed, tally)
            try await router.waitForConnections(0)
            let warmMemory = try Self.residentBytes()
            // The event loops have theirs by now, and nobody is connected.
            let descriptors = try Self.descriptors()
            var pairs = 64
            func isTimeLeft() -> Bool {
                guard let seconds = Self.seconds else { return pairs < 200 }
                return ContinuousClock.now - start < .seconds(seconds)
            }
            while isTimeLeft() {
                try await Self.crowd(router, pairs: pairs..<(pairs + 64), seed, tally)
                pairs += 64
                if pairs % 6_400 == 0 { print(try Self.line(pairs, tally, since: start)) }
            }
            try await router.waitForConnections(0)
            #expect(router.server.load.pairs == 0)
            #expect(router.server.load.waitingStreams == 0)
            #expect(router.server.tunnels.isEmpty)
            let growth = try Self.residentBytes() - warmMemory
            print(try Self.line(pairs, tally, since: start) + ", \(growth >> 10) KiB more than after the warm-up")
            // With other tests beside it, the process is not ours alone.
            guard Self.seconds != nil else { return }
            #expect(growth < Self.allowedGrowth)
            // The peers' own sockets may close a moment after the router's; a leak ends in the time limit.
            while try Self.descriptors() > descriptors { await Task.yield() }
        }
    }

    /// What has been done, and how long it took to tell a partner.
    private final class Tally: Sendable {
        private struct State {
            var bytes = 0
            var slowest = Duration.zero
        }

        private let state = Mutex(State())

        func add(bytes: Int, toldAfter time: Duration = .zero) {
            state.withLock { state in
                state.bytes += bytes
                state.slowest = max(state.slowest, time)
            }
        }

        var description: String {
            state.withLock { "\($0.bytes >> 20) MiB, slowest end told after \($0.slowest)" }
        }
    }

    private static func crowd(_ router: RouterFixture, pairs: Range<Int>, _ seed: UInt64, _ tally: Tally) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (position, pair) in pairs.enumerated() {
                if position >= atOnce { try await group.next() }
                group.addTask { try await one(router, pair, seed &+ UInt64(pair), tally) }
            }
            try await group.waitForAll()
        }
    }

    /// One tunnel from its beginning to its end.
    private static func one(_ router: RouterFixture, _ number: Int, _ seed: UInt64, _ tally: Tally) async throws {
        var noise = SeededGenerator(seed: seed)
        let (first, second) = try await router.pair("soak \(number)")
        let isFirst = Bool.random(using: &noise)
        let (ender, partner) = isFirst ? (first, second) : (second, first)
        if Bool.random(using: &noise) {
            let traffic = Traffic(bytes: 1 << Int.random(in: 0...18, using: &noise), seed: seed, pauseEvery: 1_000)
            #expect(try await traffic.run(first, second) == nil, "JUMPSTARTER_CHAOS_SEED=\(Traffic.seed)")
            tally.add(bytes: 2 * traffic.bytes)
        } else if let ending = endings.randomElement(using: &noise) {
            let sent = noise.bytes(1 << Int.random(in: 0...17, using: &noise))
            try await ender.send(sent)
            let start = ContinuousClock.now
            try await ending.end(ender, router)
            let (bytes, status) = try await partner.receiveRest()
            tally.add(bytes: bytes.readableBytes, toldAfter: ContinuousClock.now - start)
            #expect(status.code == ending.code, "\(ending.name)")
            if !ending.mayLose { #expect(bytes == sent, "\(ending.name)") }
        }
        for call in [first, second] where call.connection.channel.isActive {
            // The router or the ending may have been faster.
            try? await call.connection.drop()
        }
    }

    private static func line(_ pairs: Int, _ tally: Tally, since start: ContinuousClock.Instant) throws -> String {
        let memory = try residentBytes() >> 20
        return "Soak: \(pairs) tunnels, \(tally.description), \(ContinuousClock.now - start), "
            + "\(memory) MiB resident, \(try descriptors()) descriptors"
    }

    private static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4_096
    }

    private static func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }
}
