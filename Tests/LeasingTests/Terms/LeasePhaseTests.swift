import Leasing
import Resources
import Testing

@Suite struct LeasePhaseTests {
    @Test("The end that was asked for decides the expiry")
    func endDecides() {
        var lease = Lease.active(since: .at(0), endTime: .at(50))
        lease.spec.beginTime = .at(10)
        #expect(lease.expiry == .at(50))
    }

    @Test("Without an end, the beginning that was asked for and the duration decide, not the assignment")
    func beginDecides() {
        var lease = Lease.active(since: .at(30))
        lease.spec.beginTime = .at(10)
        #expect(lease.expiry == .at(610))
    }

    @Test("Otherwise the duration counts from the assignment")
    func assignmentDecides() { #expect(Lease.active(since: .at(30)).expiry == .at(630)) }

    @Test("A lease that waits with a duration alone has no expiry")
    func noExpiry() {
        #expect(Lease.named().expiry == nil)
        #expect(Lease.named().nextDeadline(at: .at(0)) == nil)
    }

    @Test("A lease without times never expires")
    func noTimes() { #expect(Lease.active(duration: nil).expiry == nil) }

    @Test("A lease whose time has not come is scheduled, and wakes when it comes")
    func scheduled() {
        let lease = Lease.named(beginTime: .at(100))
        #expect(lease.phase(at: .at(99)) == .scheduled(until: .at(100)))
        #expect(lease.nextDeadline(at: .at(99)) == .at(100))
        #expect(lease.phase(at: .at(100)) == .waiting)
        #expect(lease.nextDeadline(at: .at(100)) == .at(700))
    }

    @Test("A running lease is due at the very second of its expiry")
    func expires() {
        let lease = Lease.active(since: .at(0))
        #expect(lease.phase(at: .at(599)) == .active)
        #expect(lease.nextDeadline(at: .at(599)) == .at(600))
        #expect(lease.phase(at: .at(600)) == .due(.expired))
    }

    @Test("A lease that waits beyond its end expires without having had an exporter")
    func expiresWaiting() {
        let lease = Lease.named(beginTime: .at(0), endTime: .at(600))
        #expect(lease.phase(at: .at(600)) == .due(.expired))
    }

    @Test("A release counts before an expiry and before the beginning")
    func release() {
        var lease = Lease.named(beginTime: .at(100))
        lease.spec.release = true
        #expect(lease.phase(at: .at(0)) == .due(.released))
        #expect(lease.phase(at: .at(10_000)) == .due(.released))
    }

    @Test("An ended lease stays ended")
    func ended() {
        var lease = Lease.active()
        lease.status.markEnded(.expired, message: "", generation: 1, now: .at(600))
        lease.spec.release = true
        #expect(lease.phase(at: .at(0)) == .ended)
        #expect(lease.nextDeadline(at: .at(0)) == nil)
    }
}
