import NIOCore
import Testing

@testable import Router

/// Peers whose network drops every packet: no FIN, no RST, nothing.
@Suite("A peer that is lost silently", .serialized, .timeLimit(.minutes(5)))
struct SilentLossTests {
    @Test(
        "is noticed by keepalive, and its partner is told after everything that had been sent",
        .enabled(
            if: NetworkNamespace.isPermitted,
            "network namespaces are not permitted here; run as root with iproute2"
        ),
        arguments: [Moment.idle, .midMessage, .backlog]
    )
    func dropped(at moment: Moment) async throws {
        try await NetworkNamespace.with { network in
            try await RouterFixture.withRouter { configuration in
                Moment.makeRoom(&configuration)
                configuration.hosts = ["0.0.0.0"]
                configuration.keepaliveInterval = .milliseconds(200)
                configuration.keepaliveTimeout = .seconds(5)
            } _: { router in
                let socket = try network.connect(port: router.port)
                let lost = try await TestConnection.open(socket: socket, caPEM: router.caPEM)
                    .call(token: router.token("s"))
                let partner = try await router.call("s", autoRead: moment != .backlog)
                try await lost.waitForHeaders()
                let sent = moment.sent
                if sent.readableBytes > 0 { try await lost.send(sent) }
                // Once it has an answer to what came after, the router has all of it.
                try await partner.send("got it")
                #expect(try await lost.receive("got it") == "got it")
                if moment == .backlog { try await router.waitForBytes(1_048_576) }
                try network.dropEverything()
                // Something is on its way to it, as there nearly always is.
                try await partner.send("still there?")
                if moment == .backlog { try await partner.readOn() }
                let (bytes, status) = try await partner.receiveRest()
                #expect(status.code == "14")
                #expect(
                    moment == .backlog ? sent.readableBytesView.starts(with: bytes.readableBytesView) : bytes == sent
                )
                try await router.waitForPairs(0)
                try await lost.connection.cut(reset: true)
            }
        }
    }
}
