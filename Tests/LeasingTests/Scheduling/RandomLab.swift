import Leasing
import Resources
import TestSupport

/// A lab of random exporters, clients, policies and waiting leases.
struct RandomLab {
    var view = LabView()
    var waiting: [WaitingLease] = []
    var reserved: Set<String> = []

    private static let boards = ["a", "b", "c"]
    private static let teams = ["kernel", "media"]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for index in 0..<Int.random(in: 0...8, using: &random) { addExporter("e\(index)", &random) }
        for index in 0..<3 {
            let team = Self.teams.randomElement(using: &random) ?? ""
            view.clients["c\(index)"] = .named("c\(index)", labels: ["team": team])
        }
        if Bool.random(using: &random) {
            for index in 0..<Int.random(in: 1...3, using: &random) { addPolicy("p\(index)", &random) }
        }
        let count = Int.random(in: 0...8, using: &random)
        let arrivals = (0..<UInt64(count)).shuffled(using: &random)
        for index in 0..<count {
            waiting.append(WaitingLease(lease: Self.lease("l\(index)", &random), arrival: arrivals[index]))
        }
    }

    private static func board(_ random: inout SeededGenerator) -> String { boards.randomElement(using: &random) ?? "a" }

    private mutating func addExporter(_ name: String, _ random: inout SeededGenerator) {
        let labels = ["board": Self.board(&random)]
        var exporter = Exporter.free(name, labels: labels, enabled: Int.random(in: 0..<5, using: &random) > 0)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: exporter = .offline(name, labels: labels)
        case 1: exporter.status.leaseRef = LocalObjectReference(name: "held-by-another")
        case 2: exporter.status.exporterStatus = .afterLeaseHook
        case 3: exporter.status.exporterStatus = nil
        case 4: reserved.insert(name)
        default: break
        }
        view.exporters[name] = exporter
    }

    private mutating func addPolicy(_ name: String, _ random: inout SeededGenerator) {
        let exporters = Bool.random(using: &random) ? [:] : ["board": Self.board(&random)]
        let entries = (0..<Int.random(in: 0...2, using: &random)).map { _ in
            ExporterAccessPolicy.Entry.grant(
                to: Bool.random(using: &random) ? [:] : ["team": Self.teams.randomElement(using: &random) ?? ""],
                priority: Int.random(in: 0...2, using: &random),
                atMost: Bool.random(using: &random) ? nil : .seconds(300),
                spot: Int.random(in: 0..<4, using: &random) == 0
            )
        }
        view.policies.append(
            ExporterAccessPolicy(
                metadata: ObjectMeta(name: name, namespace: "lab"),
                spec: .init(exporterSelector: LabelSelector(matchLabels: exporters), policies: entries)
            )
        )
    }

    private static func lease(_ name: String, _ random: inout SeededGenerator) -> Lease {
        let isPinned = Int.random(in: 0..<4, using: &random) == 0
        let needsSelector = !isPinned || Bool.random(using: &random)
        return .named(
            name,
            client: "c\(Int.random(in: 0...3, using: &random))",
            selector: needsSelector ? LabelSelector(matchLabels: ["board": board(&random)]) : LabelSelector(),
            exporter: isPinned ? "e\(Int.random(in: 0...8, using: &random))" : nil,
            duration: .seconds(Bool.random(using: &random) ? 200 : 600),
            allowDisabled: isPinned && Bool.random(using: &random)
        )
    }
}
