import Authentication
import NIOCore
import NIOHPACK
import RouterCore
import Testing

@testable import Router

/// Every way to end, by either side, at every moment: the partner receives all that was sent before and is told.
@Suite("The end of a call", .serialized, .timeLimit(.minutes(5)))
struct EndTests {
    static let lease = "lab/lease"

    @Test("reaches the partner after everything that was sent before it", arguments: Ending.all)
    func ends(_ ending: Ending) async throws {
        try await withThrowingTaskGroup { group in
            for side in TunnelSide.allCases {
                for moment in Moment.allCases where moment != .backlog || !ending.dropsQueue {
                    group.addTask { try await Self.end(ending, by: side, at: moment) }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("of a call that waits frees its place", arguments: Ending.all.filter { !$0.isHalf && !$0.partnerHasFinished })
    func endsWaiting(_ ending: Ending) async throws {
        try await RouterFixture.withRouter(ending.configure) { router in
            let call = try await Self.call(router, role: .client, timeout: ending.timeout)
            try await call.send(Moment.midMessage.sent)
            try await router.waitForWaiting(1)
            try await ending.end(call, router)
            if let code = ending.ownCode { #expect(try await call.code() == code) }
            try await router.waitForWaiting(0)
            #expect(router.server.load.pairs == 0)
        }
    }

    @Test("of sending while it waits does not take its place", arguments: Ending.all.filter(\.isHalf))
    func halfClosesWaiting(_ ending: Ending) async throws {
        try await RouterFixture.withRouter { router in
            let first = try await Self.call(router, role: .client, timeout: nil)
            try await first.send(Moment.betweenMessages.sent)
            try await router.waitForWaiting(1)
            try await ending.end(first, router)
            let second = try await Self.call(router, role: .exporter, timeout: nil)
            try await Self.check(ending, .betweenMessages, first, second, router, hasEnded: true)
        }
    }

    private static func end(_ ending: Ending, by side: TunnelSide, at moment: Moment) async throws {
        try await RouterFixture.withRouter {
            Moment.makeRoom(&$0)
            ending.configure(&$0)
        } _: { router in
            let calls = try await calls(router, ending, side, moment)
            let (ender, partner) = side == .first ? calls : (calls.1, calls.0)
            try await check(ending, moment, ender, partner, router)
        }
    }

    private static func calls(
        _ router: RouterFixture,
        _ ending: Ending,
        _ ender: TunnelSide,
        _ moment: Moment
    ) async throws -> (TestCall, TestCall) {
        func call(_ side: TunnelSide) async throws -> TestCall {
            let isEnder = side == ender
            return try await Self.call(
                router,
                role: side == .first ? .client : .exporter,
                timeout: isEnder ? ending.timeout : nil,
                autoRead: isEnder || moment != .backlog
            )
        }
        let first = try await call(.first)
        try await router.waitForWaiting(1)
        return (first, try await call(.second))
    }

    private static func call(
        _ router: RouterFixture,
        role: RouterToken.Side,
        timeout: String?,
        autoRead: Bool = true
    ) async throws -> TestCall {
        let token = try router.tokens.sign(
            streamID: "s",
            side: role,
            lease: lease,
            client: "alice",
            exporter: "board",
            now: RouterFixture.now
        )
        return try await router.connect().call(token: token, autoRead: autoRead) { headers in
            if let timeout { headers.add(name: "grpc-timeout", value: timeout) }
        }
    }

    /// - Parameter hasEnded: whether all has been sent and the call has ended already.
    private static func check(
        _ ending: Ending,
        _ moment: Moment,
        _ ender: TestCall,
        _ partner: TestCall,
        _ router: RouterFixture,
        hasEnded: Bool = false
    ) async throws {
        let sent = moment.sent
        try await ender.waitForHeaders()
        if ending.partnerHasFinished {
            try await partner.send("reply")
            try await partner.finish()
            #expect(try await ender.receive("reply") == "reply")
        }
        if !hasEnded {
            if sent.readableBytes > 0 { try await ender.send(sent) }
            try await ending.end(ender, router)
        }
        if moment == .backlog { try await partner.readOn() }
        if ending.isHalf {
            #expect(try await partner.receive(sent.readableBytes) == sent)
            try await partner.send("after")
            #expect(try await ender.receive("after") == "after")
            try await partner.finish()
        }
        let (bytes, status) = try await partner.receiveRest()
        #expect(status.code == ending.code, "\(moment)")
        if ending.mayLose || ending.dropsQueue {
            #expect(sent.readableBytesView.starts(with: bytes.readableBytesView), "\(moment)")
        } else if !ending.isHalf {
            #expect(bytes.readableBytes == sent.readableBytes, "\(moment)")
            #expect(bytes == sent, "\(moment)")
        }
        if let code = ending.ownCode { #expect(try await ender.code() == code, "\(moment)") }
        try await router.waitForPairs(0)
        #expect(router.server.load.waitingStreams == 0)
    }
}
