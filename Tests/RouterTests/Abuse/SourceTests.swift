import Testing

@testable import Router

@Suite("An address", .timeLimit(.minutes(5)))
struct SourceTests {
    @Test("has as many connections as it wants if their calls are good")
    func good() async throws {
        try await RouterFixture.withRouter {
            $0.maximumUnprovenConnections = 2
            $0.unprovenConnectionsPerSecond = 1
        } _: { router in
            for number in 0..<10 { _ = try await router.pair("good \(number)") }
            #expect(router.unproven("held") == 0)
            #expect(router.unproven("refused") == 0)
        }
    }

    @Test("whose calls are refused has to wait; its running tunnels do not, and it is never locked out")
    func bad() async throws {
        let log = RecordingLog()
        try await RouterFixture.withRouter(
            {
                $0.maximumUnprovenConnections = 3
                $0.unprovenConnectionsPerSecond = 1
                $0.maximumRefusals = .max
                $0.maximumUnprovenRefusals = .max
            },
            logger: log.logger
        ) { router in
            let running = try await router.pair("running")
            // The connection takes one from the budget, each of its refused calls another.
            let connection = try await router.connect()
            var late = connection
            // On a slow machine the budget may have filled again in between.
            while router.unproven("held") == 0 {
                for _ in 0..<5 { #expect(try await connection.call(token: "bad").code() == "16") }
                let served = router.server.load.connections
                // Served two seconds later, the longest that anybody waits.
                late = try await router.connect()
                while router.unproven("held") == 0, router.server.load.connections == served { await Task.yield() }
            }
            try await running.0.send("meanwhile")
            #expect(try await running.1.receive("meanwhile") == "meanwhile")
            let first = try await late.call(token: router.token("late"))
            let second = try await late.call(token: router.token("late"))
            try await first.waitForHeaders()
            try await second.send("here")
            #expect(try await first.receive("here") == "here")
            #expect(log.lines.contains { $0.hasPrefix("Connections of an address are held back") })
        }
    }
}
