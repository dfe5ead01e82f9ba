import Testing

@testable import Router

@Suite("Connections are placed on event loops in couples")
struct LoopPlacementTests {
    /// Where `count` connections go, one after the other.
    private static func places(_ count: Int, of placement: inout LoopPlacement) -> [Int] {
        (0..<count).map { _ in
            let loop = placement.next
            _ = placement.opened(on: loop)
            return loop
        }
    }

    @Test("two that come after each other share a loop, and couples use all loops")
    func couples() {
        var placement = LoopPlacement(loops: 3)
        #expect(Self.places(8, of: &placement) == [0, 0, 1, 1, 2, 2, 0, 0])
    }

    @Test("one that nobody followed leaves the next two together")
    func lone() {
        var placement = LoopPlacement(loops: 2)
        let waits = placement.opened(on: placement.next)
        #expect(waits)
        placement.waitedLongEnough(placement.couple)
        #expect(Self.places(4, of: &placement) == [1, 1, 0, 0])
    }

    @Test("one that closed before another followed leaves the next two together")
    func probe() {
        var placement = LoopPlacement(loops: 2)
        let couple = placement.couple
        _ = placement.opened(on: placement.next)
        placement.closed(on: 0, of: couple)
        let places = Self.places(4, of: &placement)
        #expect(places[0] == places[1])
        #expect(places[2] == places[3])
        #expect(placement.open == [2, 2])
    }

    @Test("the end of a wait that is over does nothing")
    func lateWait() {
        var placement = LoopPlacement(loops: 2)
        let couple = placement.couple
        _ = Self.places(3, of: &placement)
        placement.waitedLongEnough(couple)
        #expect(Self.places(3, of: &placement) == [1, 0, 0])
    }

    @Test("a couple goes to the loop that has the fewest")
    func fewest() {
        var placement = LoopPlacement(loops: 3)
        _ = Self.places(6, of: &placement)
        placement.closed(on: 1, of: 1)
        placement.closed(on: 1, of: 1)
        #expect(Self.places(2, of: &placement) == [1, 1])
        #expect(placement.open == [2, 2, 2])
    }

    @Test("the second follows the first to a loop that was not chosen")
    func follows() {
        var placement = LoopPlacement(loops: 2)
        _ = placement.opened(on: 1)
        #expect(Self.places(3, of: &placement) == [1, 0, 0])
    }

    @Test("one on a loop that was not chosen counts there")
    func elsewhere() {
        var placement = LoopPlacement(loops: 2)
        _ = placement.opened(on: 1)
        _ = placement.opened(on: 1)
        #expect(Self.places(2, of: &placement) == [0, 0])
        #expect(placement.open == [2, 2])
    }

    @Test("one loop takes all")
    func single() {
        var placement = LoopPlacement(loops: 1)
        #expect(Self.places(3, of: &placement) == [0, 0, 0])
        placement.closed(on: 0, of: 0)
        #expect(placement.open == [2])
    }
}
