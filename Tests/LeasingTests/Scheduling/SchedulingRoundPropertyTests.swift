import Leasing
import Resources
import Testing

@Suite struct SchedulingRoundPropertyTests {
    /// Each seed is a lab; a failure names the seed.
    private static let seeds: Range<UInt64> = 0..<2000

    private func forEachLab(_ check: (RandomLab, [String: LeaseVerdict], Comment) -> Void) {
        for seed in Self.seeds {
            let lab = RandomLab(seed: seed)
            let verdicts = SchedulingRound.decide(waiting: lab.waiting, view: lab.view, reserved: lab.reserved)
            check(lab, verdicts, "seed \(seed)")
        }
    }

    @Test("Every waiting lease gets exactly one verdict")
    func complete() {
        forEachLab { lab, verdicts, seed in
            #expect(Set(verdicts.keys) == Set(lab.waiting.map(\.lease.metadata.name)), seed)
        }
    }

    @Test("No exporter is given out twice, nor one that is held, reserved, offline, busy or disabled")
    func exclusive() {
        var assigned = 0
        forEachLab { lab, verdicts, seed in
            let given = verdicts.values.compactMap(\.exporter)
            assigned += given.count
            #expect(Set(given).count == given.count, seed)
            for (name, verdict) in verdicts {
                guard let exporter = verdict.exporter.flatMap({ lab.view.exporters[$0] }) else { continue }
                #expect(exporter.availability == .free, seed)
                #expect(!lab.reserved.contains(exporter.metadata.name), seed)
                let lease = lab.waiting.first { $0.lease.metadata.name == name }?.lease
                #expect(exporter.spec.enabled || lease?.spec.allowDisabled == true, seed)
            }
        }
        #expect(assigned > 1000, "the labs are too poor to show anything")
    }

    @Test("No lease is left waiting while an exporter that it may have is free")
    func noIdleness() {
        forEachLab { lab, verdicts, seed in
            let given = Set(verdicts.values.compactMap(\.exporter))
            for entry in lab.waiting where verdicts[entry.lease.metadata.name]?.exporter == nil {
                guard case .candidates(let candidates) = LeaseEligibility(of: entry.lease, in: lab.view) else {
                    continue
                }
                for candidate in candidates {
                    let isFree = lab.view.exporters[candidate.exporter]?.availability == .free
                    #expect(
                        !isFree || given.contains(candidate.exporter) || lab.reserved.contains(candidate.exporter),
                        seed
                    )
                }
            }
        }
    }

    @Test("The assignments are those of a naive scheduler")
    func naive() {
        forEachLab { lab, verdicts, seed in
            #expect(verdicts.compactMapValues(\.exporter) == NaiveScheduler(lab: lab).assignments(), seed)
        }
    }

    @Test("A lease is refused exactly when no exporter can ever be had")
    func refusals() {
        forEachLab { lab, verdicts, seed in
            let naive = NaiveScheduler(lab: lab)
            for entry in lab.waiting {
                let isHopeless = lab.view.exporters.values.allSatisfy { naive.terms(entry.lease, $0) == nil }
                var isRefused = false
                switch verdicts[entry.lease.metadata.name] {
                case .unsatisfiable, .invalid: isRefused = true
                default: break
                }
                #expect(isRefused == isHopeless, seed)
            }
        }
    }

    @Test("The order in which leases are handed over does not matter")
    func orderOfInput() {
        forEachLab { lab, verdicts, seed in
            let again = SchedulingRound.decide(waiting: lab.waiting.reversed(), view: lab.view, reserved: lab.reserved)
            #expect(again == verdicts, seed)
        }
    }
}
