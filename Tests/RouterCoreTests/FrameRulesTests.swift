import RouterCore
import Testing

@Suite("The rules of frames")
struct FrameRulesTests {
    private static let limits = FrameRules.Limits(pings: 2, windowUpdates: 3, others: 1, unproven: 1_000)

    private static func verdicts(_ count: Int, type: UInt8, flags: UInt8 = 0, length: Int = 8) -> [FrameRules.Verdict] {
        var rules = FrameRules(limits: limits)
        return (0..<count).map { _ in rules.frame(type: type, flags: flags, length: length) { 0 } }
    }

    @Test("answer pings up to their limit")
    func pings() {
        #expect(Self.verdicts(3, type: 6) == [.answer, .answer, .end(.pings)])
    }

    @Test("leave answers to pings, and malformed ones, to the library")
    func otherPings() {
        #expect(Self.verdicts(5, type: 6, flags: 1) == Array(repeating: .pass, count: 5))
        #expect(Self.verdicts(5, type: 6, length: 9) == Array(repeating: .pass, count: 5))
    }

    @Test("pass WINDOW_UPDATE up to its limit")
    func windowUpdates() {
        #expect(Self.verdicts(4, type: 8, length: 4) == [.pass, .pass, .pass, .end(.windowUpdates)])
    }

    @Test("pass a few frames that mean nothing", arguments: [5, 7, 10, 0xEE, 0xFF] as [UInt8])
    func others(type: UInt8) {
        #expect(Self.verdicts(2, type: type) == [.pass, .end(.uselessFrames)])
    }

    @Test("pass what the library counts", arguments: [0, 2, 3, 4] as [UInt8])
    func counted(type: UInt8) {
        #expect(Self.verdicts(100, type: type) == Array(repeating: .pass, count: 100))
    }

    @Test("keep a budget for each kind, and renew it after half a minute")
    func budgets() {
        var rules = FrameRules(limits: Self.limits)
        let types: [UInt8] = [6, 8, 0xEE, 6, 8, 8, 6, 8, 0xEE]
        let verdicts = types.map { rules.frame(type: $0, flags: 0, length: 8) { 0 } }
        #expect(verdicts.prefix(6) == [.answer, .pass, .pass, .answer, .pass, .pass])
        #expect(verdicts.suffix(3) == [.end(.pings), .end(.windowUpdates), .end(.uselessFrames)])
        let later = types.prefix(6).map { rules.frame(type: $0, flags: 0, length: 8) { 30_000_000_000 } }
        #expect(later[...] == verdicts.prefix(6))
    }

    @Test("share a small budget of all kinds until a call has shown a good token")
    func unproven() {
        var rules = FrameRules(limits: .init(pings: 100, windowUpdates: 100, others: 100, unproven: 3))
        let types: [UInt8] = [6, 8, 0xEE]
        for type in types { #expect(rules.frame(type: type, flags: 0, length: 8) { 0 } != .end(.pings)) }
        let faults = types.map { rules.frame(type: $0, flags: 0, length: 8) { 60_000_000_000 } }
        #expect(faults == [.end(.pings), .end(.windowUpdates), .end(.uselessFrames)])
        #expect(rules.frame(type: 0, flags: 0, length: 8) { 0 } == .pass)
        rules.prove()
        #expect(types.map { rules.frame(type: $0, flags: 0, length: 8) { 0 } } == [.answer, .pass, .pass])
    }

    @Test("know whether a header block is open, and which one")
    func headerBlocks() {
        var rules = FrameRules(limits: Self.limits)
        _ = rules.frame(type: 1, flags: 0, length: 5) { 0 }
        #expect(rules.isInHeaderBlock)
        _ = rules.frame(type: 9, flags: 0, length: 5) { 0 }
        #expect(rules.isInHeaderBlock)
        #expect(rules.headerBlocks == 1)
        _ = rules.frame(type: 9, flags: 4, length: 5) { 0 }
        #expect(!rules.isInHeaderBlock)
        _ = rules.frame(type: 1, flags: 4, length: 5) { 0 }
        #expect(!rules.isInHeaderBlock)
        #expect(rules.headerBlocks == 2)
    }
}
