import Fleet
import Logging
import Testing

@Suite("Orders to routers")
struct RouterFleetTests {
    private static let owner = TunnelOwner(lease: "lab/one", uid: "1", client: "alice")
    private static let order = CutOrder(owner: owner, reason: "lease one has ended")

    private let fleet = RouterFleet(
        directory: RouterDirectory(entries: []),
        uptime: { .zero },
        logger: Logger(label: "tests", factory: { _ in SwiftLogNoOpLogHandler() })
    )

    private func call(_ endpoint: String = "a:1") throws -> RouterFleet.Call {
        try #require(fleet.begin(RouterHello(endpoint: endpoint, capacity: 10)))
    }

    private func report(_ call: RouterFleet.Call, begun: [TunnelOwner]? = nil, _ standing: LeaseStanding) async {
        await fleet.take(RouterReport(pairs: 1, waiting: 0, begun: begun), of: call) { _ in standing }
    }

    @Test("the end of a lease is told to every router")
    func broadcast() async throws {
        let calls = [try call("a:1"), try call("b:1")]
        fleet.cut(Self.order)
        for call in calls {
            var messages = call.messages.makeAsyncIterator()
            #expect(await messages.next()?.cuts == [Self.order])
        }
    }

    @Test("each report is answered, and one that names a tunnel of an ended lease with the order to cut it, once")
    func lostOrder() async throws {
        let call = try call()
        await report(call, begun: [Self.owner], .over(Self.order))
        await report(call, .over(Self.order))
        fleet.end(call, endpoint: "a:1")
        var messages: [ControllerMessage] = []
        for await message in call.messages { messages.append(message) }
        #expect(messages == [ControllerMessage(), ControllerMessage(cuts: [Self.order]), ControllerMessage()])
    }

    @Test("nothing is cut while the store does not say how a lease stands, and it is asked again")
    func storeAway() async throws {
        let call = try call()
        await report(call, begun: [Self.owner], .unknown)
        await report(call, .over(Self.order))
        fleet.end(call, endpoint: "a:1")
        var messages: [ControllerMessage] = []
        for await message in call.messages { messages.append(message) }
        #expect(messages == [ControllerMessage(), ControllerMessage(), ControllerMessage(cuts: [Self.order])])
    }

    @Test("two tunnels within one report's time do not go to the same of two idle routers")
    func noHerd() throws {
        _ = try call("a:1")
        _ = try call("b:1")
        let chosen = (0..<2).map { _ in fleet.choose(labels: [:], lease: "lease")?.endpoint }
        #expect(Set(chosen) == ["a:1", "b:1"])
    }
}
