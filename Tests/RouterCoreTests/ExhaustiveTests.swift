import RouterModels
import Testing

/// Every order of events up to a length, against models that know nothing of the machines.
@Suite("In every order of events")
struct ExhaustiveTests {
    @Test("a tunnel delivers all that was sent, then tells each side its end once, with the right reason")
    func tunnel() {
        let sequences = EventSequences(of: TunnelRig(), upTo: 6)
        report(sequences.count, "tunnel")
        #expect(sequences.failure == nil)
    }

    @Test("a tunnel with both sides does so too")
    func pairedTunnel() {
        var rig = TunnelRig()
        #expect(rig.happen(.pair) == nil)
        let sequences = EventSequences(of: rig, upTo: 6)
        report(sequences.count, "paired tunnel")
        #expect(sequences.failure == nil)
    }

    @Test("a conduit gives what was pushed, once, in order, and forgets neither its reader nor its writer")
    func conduit() {
        let sequences = EventSequences(of: ConduitRig(), upTo: 10)
        report(sequences.count, "conduit")
        #expect(sequences.failure == nil)
    }

    @Test("pairing gives each call one partner at most, lets no token or stream be used again, and keeps its limits")
    func pairing() {
        let sequences = EventSequences(of: PairingRig(), upTo: 5)
        report(sequences.count, "pairing")
        #expect(sequences.failure == nil)
    }

    private func report(_ count: Int, _ name: String) {
        #expect(count > 10_000)
        print("\(name): \(count) sequences of events")
    }
}
