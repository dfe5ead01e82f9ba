import Fleet
import Testing

@Suite("Which router a tunnel goes through")
struct RouterChoiceTests {
    private static let equals = ["a", "b", "c", "d"].map {
        RouterCandidate(name: $0, endpoint: "\($0).example:8083", capacity: 100)
    }

    private func choose(_ candidates: [RouterCandidate], labels: [String: String] = [:], lease: String = "lease")
        -> String?
    {
        RouterChoice.choose(among: candidates, labels: labels, lease: lease)?.name
    }

    private func router(
        _ name: String,
        _ state: RouterCandidate.State = .alive,
        labels: [String: String] = [:],
        streams: Int = 0,
        capacity: Int = 100
    ) -> RouterCandidate {
        RouterCandidate(
            name: name,
            endpoint: "\(name):1",
            labels: labels,
            state: state,
            streams: streams,
            capacity: capacity
        )
    }

    @Test("no router, no choice")
    func none() { #expect(choose([]) == nil) }

    @Test("the router that agrees with more of the exporter's labels wins, however loaded")
    func agreement() {
        let routers = [
            router("far", labels: ["site": "b"]), router("near", labels: ["site": "a"], streams: 60),
            router("nearest", labels: ["site": "a", "rack": "7"], streams: 99),
        ]
        #expect(choose(routers, labels: ["site": "a", "rack": "7"]) == "nearest")
        #expect(choose(Array(routers.dropLast()), labels: ["site": "a", "rack": "7"]) == "near")
        #expect(choose(routers, labels: ["site": "b"]) == "far")
    }

    @Test("among equals the least loaded wins, whatever the lease")
    func load() {
        let routers = zip(["a", "b", "c", "d"], [3, 2, 1, 2]).map { router($0, streams: $1) }
        for lease in 0..<50 { #expect(choose(routers, lease: "lease-\(lease)") == "c") }
    }

    @Test("load is what part of its capacity a router has taken on")
    func capacity() {
        #expect(
            choose([router("small", streams: 10, capacity: 20), router("big", streams: 30, capacity: 100)]) == "big"
        )
    }

    @Test("a router that is full, drains or is dead is not chosen while another takes tunnels, however near or idle")
    func unusable() {
        let worse = [
            router("full", labels: ["site": "a"], streams: 100), router("draining", .draining, labels: ["site": "a"]),
            router("dead", .dead, labels: ["site": "a"]),
        ]
        for state in [RouterCandidate.State.alive, .unknown] {
            #expect(choose(worse + [router("other", state, streams: 99)], labels: ["site": "a"]) == "other")
        }
    }

    @Test("when none takes tunnels a full one is tried, then a dead one; a draining one never")
    func leastBad() {
        let full = router("full", streams: 100)
        let dead = router("dead", .dead)
        let draining = router("draining", .draining)
        #expect(choose([dead, draining, full]) == "full")
        #expect(choose([dead, draining]) == "dead")
        #expect(choose([draining]) == nil)
    }

    @Test("a router that does not report counts as loaded as the others on average")
    func unknownLoad() {
        let silent = router("silent", .unknown)
        let busy = router("busy", streams: 20)
        #expect(choose([silent, busy, router("idle", streams: 10)]) == "idle")
        #expect(choose([silent, router("busier", streams: 30), busy, busy]) == "busy")
        let alone = Set((0..<100).map { choose([silent, busy], lease: "lease-\($0)") })
        #expect(alone == ["silent", "busy"])
    }

    @Test("leases spread evenly over equals")
    func spread() {
        var counts: [String: Int] = [:]
        for index in 0..<4000 { counts[choose(Self.equals, lease: "lease-\(index)") ?? "", default: 0] += 1 }
        #expect(counts.count == 4)
        for (name, count) in counts { #expect((850...1150).contains(count), "\(name): \(count)") }
    }

    @Test("a lease's router does not depend on the order, and another that comes or goes does not move it")
    func stability() {
        let fewer = Self.equals.filter { $0.name != "b" }
        for index in 0..<500 {
            let lease = "lease-\(index)"
            let choice = choose(Self.equals, lease: lease)
            #expect(choose(Self.equals.reversed(), lease: lease) == choice)
            if choice != "b" { #expect(choose(fewer, lease: lease) == choice) }
        }
    }

    @Test("whatever the states, a router that takes tunnels is chosen if there is one, and never a draining one")
    func everyCombination() {
        let states = RouterCandidate.State.allCases
        for first in states {
            for second in states {
                for third in states {
                    let routers = zip(["a", "b", "c"], [first, second, third]).map { router($0, $1) }
                    let chosen = RouterChoice.choose(among: routers, labels: [:], lease: "lease")?.state
                    let open: Set<RouterCandidate.State> = [.alive, .unknown]
                    if routers.contains(where: { open.contains($0.state) }) {
                        #expect(chosen.map(open.contains) == true)
                    } else {
                        #expect(chosen == (routers.contains { $0.state == .dead } ? .dead : nil))
                    }
                }
            }
        }
    }
}
