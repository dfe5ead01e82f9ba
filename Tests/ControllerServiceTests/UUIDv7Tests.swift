import Foundation
import Testing

@testable import ControllerService

@Suite("Names of leases")
struct UUIDv7Tests {
    @Test("a later one sorts after an earlier one")
    func order() {
        let start = Date(timeIntervalSince1970: 1_769_846_400)
        let names = (0..<1000).map { UUIDv7.make(at: start.addingTimeInterval(Double($0) * 0.003)) }
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
    }

    @Test("it is version 7, variant 10, carries the milliseconds, and is in lower case")
    func form() throws {
        let name = UUIDv7.make(at: Date(timeIntervalSince1970: 1_645_557_742))
        #expect(name.hasPrefix("017f22e2-79b0-7"))
        let expected = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(try expected.wholeMatch(in: name) != nil)
    }

    @Test("two of one moment differ")
    func unique() {
        let moment = Date(timeIntervalSince1970: 0)
        #expect(Set((0..<1000).map { _ in UUIDv7.make(at: moment) }).count == 1000)
    }

    @Test("a clock before 1970 does no harm")
    func beforeTheEpoch() {
        #expect(UUIDv7.make(at: Date(timeIntervalSince1970: -1)).hasPrefix("00000000-0000-7"))
    }
}
