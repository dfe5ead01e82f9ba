import Leasing
import Resources
import Testing

@Suite struct ServiceLabelsTests {
    @Test("The selector's labels and the prefixed tags are kept on the object")
    func labels() {
        var lease = Lease.named(selector: LabelSelector(matchLabels: ["board": "a", "floor": "1"]))
        lease.spec.tags = ["build": "42"]
        #expect(lease.serviceLabels == ["board": "a", "floor": "1", "metadata.jumpstarter.dev/build": "42"])
    }

    @Test("The label lease-ended comes with the end")
    func ended() {
        var lease = Lease.named(selector: LabelSelector(), exporter: "e")
        #expect(lease.serviceLabels.isEmpty)
        lease.status.ended = true
        #expect(lease.serviceLabels == ["jumpstarter.dev/lease-ended": "true"])
    }

    @Test("A selector cannot forge a tag, nor the mark of an ended lease")
    func forgery() {
        var lease = Lease.named(
            selector: LabelSelector(matchLabels: ["metadata.jumpstarter.dev/build": "1", "board": "a"])
        )
        #expect(lease.serviceLabels == ["board": "a"])
        lease.spec.selector.matchLabels["jumpstarter.dev/lease-ended"] = "true"
        #expect(lease.serviceLabels["jumpstarter.dev/lease-ended"] == nil)
    }

    @Test("Expressions of the selector are not copied")
    func expressions() {
        let selector = LabelSelector(matchExpressions: [.init(key: "board", operator: .exists)])
        #expect(Lease.named(selector: selector).serviceLabels.isEmpty)
    }
}
