import Authentication
import Router
import Testing

@Suite("Tunnels of a lease that is over")
struct LeaseCutTests {
    private func token(_ router: RouterFixture, _ side: RouterToken.Side, uid: String, client: String = "alice") throws
        -> String
    {
        try router.tokens.sign(
            streamID: "stream-\(uid)-\(client)",
            side: side,
            lease: "lab/lease",
            leaseUID: uid,
            client: client,
            exporter: "dut",
            now: RouterFixture.now
        )
    }

    private func pair(_ router: RouterFixture, uid: String, client: String = "alice") async throws -> TestCall {
        let first = try await router.call(token: token(router, .client, uid: uid, client: client))
        let second = try await router.call(token: token(router, .exporter, uid: uid, client: client))
        try await first.waitForHeaders()
        try await second.waitForHeaders()
        return first
    }

    @Test("are cut by its uid; those of another lease of that name go on")
    func uid() async throws {
        try await RouterFixture.withRouter { router in
            _ = try await pair(router, uid: "1")
            _ = try await pair(router, uid: "2")
            #expect(router.server.cut(LeaseCut(lease: "lab/lease", uid: "1", reason: "over")) == 1)
            #expect(router.server.leases.contains(TunnelLease(lease: "lab/lease", uid: "2", client: "alice")))
        }
    }

    @Test("are cut for the client that does not have it any more, and for nobody else")
    func client() async throws {
        try await RouterFixture.withRouter { router in
            _ = try await pair(router, uid: "1", client: "alice")
            _ = try await pair(router, uid: "1", client: "bob")
            #expect(router.server.cut(LeaseCut(lease: "lab/lease", uid: "1", client: "alice", reason: "over")) == 1)
            _ = try await pair(router, uid: "1", client: "carol")
        }
    }

    @Test("a token that was given out before and comes afterwards is refused")
    func later() async throws {
        try await RouterFixture.withRouter { router in
            router.server.cut(LeaseCut(lease: "lab/lease", uid: "1", reason: "over"))
            let late = try await router.call(token: token(router, .client, uid: "1"))
            #expect(try await late.code() == "9")
        }
    }
}
