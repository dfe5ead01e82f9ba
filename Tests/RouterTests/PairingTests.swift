import NIOCore
import NIOHPACK
import Testing

@testable import Router

@Suite("Two calls", .timeLimit(.minutes(5)))
struct PairingTests {
    @Test("with the same stream id become a tunnel, whichever comes first")
    func bothOrders() async throws {
        try await RouterFixture.withRouter { router in
            for name in ["one", "two"] {
                let first = try await router.call(name)
                try await first.send("early")
                let second = try await router.call(name)
                #expect(try await second.receive("early") == "early")
                try await second.send("answer")
                #expect(try await first.receive("answer") == "answer")
                #expect(first.headers?.first(name: "content-type") == "application/grpc")
            }
        }
    }

    @Test("may share one connection")
    func oneConnection() async throws {
        try await RouterFixture.withRouter { router in
            let connection = try await router.connect()
            let first = try await connection.call(token: router.token("s"))
            let second = try await connection.call(token: router.token("s"))
            try await first.send("hello")
            #expect(try await second.receive("hello") == "hello")
        }
    }

    @Test("do not meet calls of other stream ids")
    func separate() async throws {
        try await RouterFixture.withRouter { router in
            let (a1, a2) = try await router.pair("a")
            let (b1, b2) = try await router.pair("b")
            try await a1.send("for a")
            try await b1.send("for b")
            #expect(try await a2.receive("for a") == "for a")
            #expect(try await b2.receive("for b") == "for b")
            #expect(router.server.load.pairs == 2)
        }
    }

    @Test("leave no room for a third, neither while they last nor afterwards")
    func third() async throws {
        try await RouterFixture.withRouter { router in
            let (first, second) = try await router.pair("s")
            #expect(try await router.call("s").code() == "6")
            try await first.finish()
            try await second.finish()
            #expect(try await first.code() == "0")
            #expect(try await second.code() == "0")
            #expect(try await router.call("s").code() == "6")
        }
    }

    @Test("end with DEADLINE_EXCEEDED when there is only one, whose id is then used up")
    func partnerTimeOut() async throws {
        try await RouterFixture.withRouter {
            $0.pairingTimeout = .milliseconds(20)
        } _: { router in
            let (bytes, status) = try await router.call("s").receiveRest()
            #expect(bytes.readableBytes == 0)
            #expect(status.code == "4")
            #expect(router.refused("partner_timed_out") == 1)
            #expect(try await router.call("s").code() == "6")
        }
    }

    @Test("can still meet when the first one had to come again")
    func comesAgain() async throws {
        try await RouterFixture.withRouter { router in
            let broken = try await router.call("s")
            try await router.waitForWaiting(1)
            try await broken.connection.drop()
            try await router.waitForWaiting(0)
            let first = try await router.call("s")
            let second = try await router.call("s")
            try await first.send("again")
            #expect(try await second.receive("again") == "again")
        }
    }

    @Test("may compress their messages, which each is told of")
    func compression() async throws {
        try await RouterFixture.withRouter { router in
            let first = try await router.connect().call(token: router.token("s")) {
                $0.add(name: "grpc-encoding", value: "gzip")
                $0.add(name: "grpc-accept-encoding", value: "identity, gzip")
            }
            let second = try await router.connect().call(token: router.token("s")) {
                $0.add(name: "grpc-accept-encoding", value: "identity,deflate,gzip")
            }
            try await second.waitForHeaders()
            try await first.waitForHeaders()
            #expect(second.headers?.first(name: "grpc-encoding") == "gzip")
            #expect(first.headers?.first(name: "grpc-encoding") == nil)
        }
    }

    @Test("are both refused when one cannot undo the other's compression")
    func incompatibleCompression() async throws {
        try await RouterFixture.withRouter { router in
            let first = try await router.connect().call(token: router.token("s")) {
                $0.add(name: "grpc-encoding", value: "snappy")
            }
            let second = try await router.call("s")
            #expect(try await second.code() == "12")
            #expect(try await first.code() == "12")
            #expect(router.server.load.streams == 0)
        }
    }
}
