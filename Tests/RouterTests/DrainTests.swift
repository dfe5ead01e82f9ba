import NIOCore
import Testing

@testable import Router

@Suite("Draining", .timeLimit(.minutes(5)))
struct DrainTests {
    @Test("ends at once when nothing runs")
    func nothingRuns() async throws {
        try await RouterFixture.withRouter { router in
            await router.server.drain()
            #expect(router.server.load.isDraining)
        }
    }

    @Test("tells those that wait, refuses new streams and lets a running tunnel end")
    func running() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            let waiting = try await router.call("w")
            try await router.waitForWaiting(1)
            async let drained: Void = router.server.drain()
            #expect(try await waiting.code() == "14")
            #expect(try await router.call("new").code() == "14")
            try await first.send("still")
            #expect(try await second.receive("still") == "still")
            try await first.finish()
            try await second.finish()
            #expect(try await first.code() == "0")
            #expect(try await second.code() == "0")
            await drained
            try await first.connection.channel.closeFuture.get()
            #expect(router.server.load.pairs == 0)
        }
    }

    @Test("cuts off the tunnels that still run when its time is up")
    func timeOut() async throws {
        try await RouterFixture.withRouter {
            $0.drainTimeout = .milliseconds(50)
        } _: { router in
            let (first, second) = try await router.pair("s")
            async let drained: Void = router.server.drain()
            #expect(try await first.code() == "14")
            #expect(try await second.code() == "14")
            await drained
            #expect(router.server.load.pairs == 0)
        }
    }
}
