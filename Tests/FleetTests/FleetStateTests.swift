import Fleet
import Testing

@Suite("What is known of the routers")
struct FleetStateTests {
    private static let hello = RouterHello(endpoint: "a:1", name: "router-0", capacity: 10)
    private static let none = RouterDirectory(entries: [])
    private static let report = RouterReport(pairs: 2, waiting: 1)

    private var fleet = FleetState()

    private mutating func begin(_ hello: RouterHello = hello, at seconds: Double = 0) throws -> FleetState.CallID {
        let call = fleet.begin(hello, at: .seconds(seconds))
        return try #require(call)
    }

    private func state(_ directory: RouterDirectory = none, at seconds: Double) -> RouterCandidate.State? {
        fleet.candidates(directory, at: .seconds(seconds)).first { $0.endpoint == "a:1" }?.state
    }

    @Test("a configured router that has never reported is unknown, whatever time passes")
    func configured() {
        let directory = RouterDirectory(entries: [RouterEntry(name: "x", endpoint: "a:1", labels: ["site": "b"])])
        #expect(state(directory, at: 0) == .unknown)
        #expect(state(directory, at: 1e6) == .unknown)
    }

    @Test("a router that reports is alive, configured or not, with what it says of itself")
    mutating func alive() throws {
        let call = try begin()
        _ = fleet.take(Self.report, of: call, at: .seconds(1))
        let found = try #require(fleet.candidates(Self.none, at: .seconds(2)).first)
        #expect(found == RouterCandidate(name: "router-0", endpoint: "a:1", streams: 5, capacity: 10))
    }

    @Test("the configuration's name and labels win over the router's own")
    mutating func labels() throws {
        var hello = Self.hello
        hello.labels = ["site": "own", "rack": "7"]
        _ = try begin(hello)
        let directory = RouterDirectory(entries: [RouterEntry(name: "x", endpoint: "a:1", labels: ["site": "given"])])
        let found = try #require(fleet.candidates(directory, at: .zero).first)
        #expect(found.name == "x")
        #expect(found.labels == ["site": "given", "rack": "7"])
    }

    @Test("a router that the configuration calls by its name is reached where the configuration says")
    mutating func mappedPort() throws {
        _ = try begin()
        let directory = RouterDirectory(entries: [RouterEntry(name: "router-0", endpoint: "node:30083")])
        let found = fleet.candidates(directory, at: .zero)
        #expect(found.map(\.endpoint) == ["node:30083"])
        #expect(found.first?.state == .alive)
    }

    @Test("three seconds of silence are death, and the next report is life")
    mutating func silence() throws {
        let call = try begin()
        _ = fleet.take(Self.report, of: call, at: .seconds(1))
        #expect(state(at: 4) == .alive)
        #expect(state(at: 4.001) == .dead)
        _ = fleet.take(Self.report, of: call, at: .seconds(9))
        #expect(state(at: 10) == .alive)
    }

    @Test("the end of the call is death at once; a router that is not configured is forgotten a minute later")
    mutating func end() throws {
        let call = try begin()
        fleet.end(call, at: .seconds(1))
        #expect(state(at: 1) == .dead)
        #expect(state(at: 61) == nil)
        let directory = RouterDirectory(entries: [RouterEntry(name: "x", endpoint: "a:1")])
        #expect(state(directory, at: 61) == .dead)
    }

    @Test("a router that calls again is alive, and the late end of its first call changes nothing")
    mutating func again() throws {
        let first = try begin()
        let second = try begin(at: 1)
        fleet.end(first, at: .seconds(2))
        #expect(state(at: 2) == .alive)
        fleet.end(second, at: .seconds(2))
        #expect(state(at: 2) == .dead)
    }

    @Test("the older call speaks for the router again when it outlives the newer one")
    mutating func olderCall() throws {
        let first = try begin()
        let second = try begin(at: 1)
        fleet.end(second, at: .seconds(2))
        _ = fleet.take(Self.report, of: first, at: .seconds(3))
        #expect(state(at: 3) == .alive)
        fleet.end(first, at: .seconds(4))
        #expect(state(at: 4) == .dead)
    }

    @Test("a router that drains says so until it is gone")
    mutating func draining() throws {
        let call = try begin()
        _ = fleet.take(RouterReport(pairs: 1, waiting: 0, isDraining: true), of: call, at: .seconds(1))
        #expect(state(at: 1) == .draining)
        #expect(state(at: 5) == .dead)
    }

    @Test("tunnels on their way count until the router reports the next time")
    mutating func onTheWay() throws {
        let call = try begin()
        _ = fleet.take(Self.report, of: call, at: .zero)
        fleet.sent(to: RouterCandidate(name: "router-0", endpoint: "a:1"))
        #expect(fleet.candidates(Self.none, at: .zero).first?.streams == 7)
        _ = fleet.take(Self.report, of: call, at: .seconds(1))
        #expect(fleet.candidates(Self.none, at: .seconds(1)).first?.streams == 5)
    }

    @Test("the fallback is there as long as no other router is alive")
    mutating func fallback() throws {
        let directory = RouterDirectory(entries: [], fallback: RouterEntry(name: "default", endpoint: "z:1"))
        #expect(fleet.candidates(directory, at: .zero).map(\.name) == ["default"])
        let call = try begin()
        #expect(fleet.candidates(directory, at: .zero).map(\.name) == ["router-0"])
        fleet.end(call, at: .seconds(1))
        #expect(fleet.candidates(directory, at: .seconds(1)).map(\.name) == ["default", "router-0"])
    }

    @Test("the leases of new tunnels are looked at until it is known how they stand")
    mutating func owners() throws {
        let call = try begin()
        let one = TunnelOwner(lease: "lab/one", uid: "1")
        let two = TunnelOwner(lease: "lab/two", uid: "2")
        var report = Self.report
        report.begun = [one, two]
        let first = fleet.take(report, of: call, at: .zero)
        #expect(first == [one, two])
        fleet.checked([one], of: call)
        let second = fleet.take(Self.report, of: call, at: .zero)
        #expect(second == [two])
        report.begun = nil
        report.over = [two]
        let third = fleet.take(report, of: call, at: .zero)
        #expect(third == [])
    }

    @Test("no more routers are taken on than the limit, and those that are known may call again")
    mutating func limit() throws {
        for number in 0..<FleetState.limit {
            _ = try begin(RouterHello(endpoint: "r\(number):1", capacity: 1))
        }
        let refused = fleet.begin(Self.hello, at: .zero)
        #expect(refused == nil)
        _ = try begin(RouterHello(endpoint: "r7:1", capacity: 1))
    }
}
