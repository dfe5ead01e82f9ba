import RouterCore
import Testing

@Suite("The budgets of addresses")
struct SourceBudgetsTests {
    private typealias Source = SourceBudgets.Source

    private static let abuser = Source(ipv4: 1)
    private static let second: Int64 = 1_000_000_000
    /// Three at once, ten come back in a second.
    private static func budgets(capacity: Int = 10) -> SourceBudgets {
        SourceBudgets(limits: .init(connections: 3, perSecond: 10), capacity: capacity)
    }

    @Test("serve a burst at once, then as many as come back, and refuse who would wait too long")
    func pace() {
        var budgets = Self.budgets()
        let admissions = (0..<25).map { _ in budgets.arrive(Self.abuser, now: 5) }
        #expect(admissions.prefix(3) == [.now, .now, .now])
        #expect(admissions[3..<23].elementsEqual((1...20).map { .later(5 + $0 * Self.second / 10) }))
        #expect(admissions.suffix(2) == [.refused, .refused])
        // Those that were refused have taken nothing.
        #expect(
            budgets.arrive(Self.abuser, now: 5 + Self.second / 10) == .later(5 + Self.second / 10 + 2 * Self.second)
        )
    }

    @Test("are one for each address")
    func others() {
        var budgets = Self.budgets()
        for _ in 0..<30 { _ = budgets.arrive(Self.abuser, now: 0) }
        #expect(budgets.arrive(Source(ipv4: 2), now: 0) == .now)
    }

    @Test("fill up again, and hold no more than when they were new")
    func refill() {
        var budgets = Self.budgets()
        for _ in 0..<3 { _ = budgets.arrive(Self.abuser, now: 0) }
        let admissions = (0..<4).map { _ in budgets.arrive(Self.abuser, now: 60 * Self.second) }
        #expect(admissions == [.now, .now, .now, .later(60 * Self.second + Self.second / 10)])
    }

    @Test("never bind who shows good tokens, however many connections there are")
    func proven() {
        var budgets = Self.budgets()
        for _ in 0..<1_000 {
            #expect(budgets.arrive(Self.abuser, now: 0) == .now)
            budgets.prove(Self.abuser)
        }
    }

    @Test("hold no more than when they were new, however many calls were accepted after a pause")
    func lateProof() {
        var budgets = Self.budgets()
        for _ in 0..<3 { _ = budgets.arrive(Self.abuser, now: 0) }
        for _ in 0..<3 { budgets.prove(Self.abuser) }
        let admissions = (0..<4).map { _ in budgets.arrive(Self.abuser, now: 1) }
        #expect(admissions == [.now, .now, .now, .later(1 + Self.second / 10)])
    }

    @Test("pay for refused calls and for connections that had to be ended, but never lock an address out")
    func faults() {
        var budgets = Self.budgets()
        budgets.refuse(Self.abuser, now: 0)
        #expect(budgets.arrive(Self.abuser, now: 0) == .now)
        budgets.fault(Self.abuser, now: 0)
        #expect(budgets.arrive(Self.abuser, now: 0) == .later(Self.second))
        for _ in 0..<1_000 { budgets.fault(Self.abuser, now: 0) }
        #expect(budgets.arrive(Self.abuser, now: 0) == .later(2 * Self.second))
    }

    @Test("are forgotten when they are full, and bind nobody new while there are too many")
    func capacity() {
        var budgets = Self.budgets(capacity: 4)
        for address in 0..<4 { _ = budgets.arrive(Source(ipv4: UInt32(address)), now: 0) }
        let unknown = Source(ipv4: 99)
        for _ in 0..<30 { #expect(budgets.arrive(unknown, now: 1) == .now) }
        #expect(budgets.count == 4)
        for _ in 0..<3 { #expect(budgets.arrive(unknown, now: 2 * Self.second) == .now) }
        #expect(budgets.count == 1)
        #expect(budgets.arrive(unknown, now: 2 * Self.second) != .now)
    }

    @Test("tell IPv6 networks apart, not their hosts, and know IPv4 in both clothes")
    func addresses() {
        let network: UInt64 = 0x2001_0DB8_0000_0001
        #expect(Source(ipv6High: network, low: 1) == Source(ipv6High: network, low: .max))
        #expect(Source(ipv6High: network, low: 1) != Source(ipv6High: 0, low: 0))
        let mapped = Source(ipv6High: 0, low: 0xFFFF_7F00_0001)
        #expect(mapped == Source(ipv4: 0x7F00_0001))
        #expect(mapped != Source(ipv4: 0x7F00_0002))
        #expect(mapped != Source(ipv6High: 0, low: 0xFFFF_7F00_0002))
    }
}
