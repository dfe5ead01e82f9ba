import RouterCore
import Testing

@Suite("Keepalive")
struct KeepaliveStateMachineTests {
    @Test("pings only a silent peer, and closes when it stays silent")
    func silence() {
        var machine = KeepaliveStateMachine()
        machine.heard()
        #expect(machine.tick() == .waitInterval)
        #expect(machine.tick() == .pingAndWaitTimeout)
        #expect(machine.tick() == .close)
    }

    @Test("starts anew after any sign of life")
    func answer() {
        var machine = KeepaliveStateMachine()
        #expect(machine.tick() == .pingAndWaitTimeout)
        machine.heard()
        #expect(machine.tick() == .waitInterval)
        #expect(machine.tick() == .pingAndWaitTimeout)
    }
}
