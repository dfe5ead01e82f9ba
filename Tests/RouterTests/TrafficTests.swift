import Testing

@testable import Router

@Suite("Random traffic", .timeLimit(.minutes(5)))
struct TrafficTests {
    @Test("of many tunnels at once arrives unchanged and in order, both ways, whatever its sizes and pauses")
    func random() async throws {
        let seed = Traffic.seed
        print("Random traffic: JUMPSTARTER_CHAOS_SEED=\(seed)")
        try await RouterFixture.withRouter { router in
            try await withThrowingTaskGroup { group in
                for pair in UInt64(0)..<12 {
                    group.addTask {
                        let (first, second) = try await router.pair("pair \(pair)")
                        let problem = try await Traffic(bytes: 1_000_000, seed: seed &+ pair << 32).run(first, second)
                        #expect(problem == nil, "pair \(pair), JUMPSTARTER_CHAOS_SEED=\(seed)")
                        for call in [first, second] { try await call.connection.drop() }
                    }
                }
                try await group.waitForAll()
            }
            try await router.waitForConnections(0)
            #expect(router.server.load.pairs == 0)
        }
    }
}
