package import Resources

/// Which exporters a lease may have at all, whatever they are doing now.
package enum LeaseEligibility: Sendable, Hashable {
    /// At least one, best first: non-spot before spot, higher priority first, then by name.
    case candidates([Candidate])
    /// None, for good.
    case refused(LeaseVerdict)
}

extension LeaseEligibility {
    /// Steps 1 to 4 and 6 of spec/leases.md, "Which exporter".
    package init(of lease: Lease, in view: LabView) {
        if let problem = lease.specificationProblem {
            self = .refused(.invalid(problem))
            return
        }
        switch lease.choice(in: view) {
        case .failure(let refusal): self = .refused(.unsatisfiable(refusal.explanation))
        case .success(let exporters): self = Self.allowed(exporters, for: lease, in: view)
        }
    }

    /// Why the access policies do not let a lease keep the exporter that it has, after it was changed; nil when they do.
    /// Only access counts here: a running lease keeps an exporter that was disabled or relabelled meanwhile.
    package static func accessRefusal(of lease: Lease, to exporter: Exporter, in view: LabView) -> Explanation? {
        if view.policies.isEmpty { return nil }
        let access = AccessEvaluation(lease: lease, view: view)
        return access.candidate(exporter) == nil ? access.refusal([exporter]) : nil
    }

    private static func allowed(_ exporters: [Exporter], for lease: Lease, in view: LabView) -> LeaseEligibility {
        if view.policies.isEmpty {
            let candidates = exporters.map { Candidate(exporter: $0.metadata.name) }
            return .candidates(candidates.sorted(by: Candidate.isBetter))
        }
        let access = AccessEvaluation(lease: lease, view: view)
        let candidates = exporters.compactMap(access.candidate).sorted(by: Candidate.isBetter)
        if candidates.isEmpty { return .refused(.unsatisfiable(access.refusal(exporters))) }
        return .candidates(candidates)
    }
}

extension Candidate {
    /// The order among exporters (spec/leases.md, "Which exporter", 6).
    static func isBetter(_ left: Candidate, _ right: Candidate) -> Bool {
        if left.spotAccess != right.spotAccess { return !left.spotAccess }
        if left.priority != right.priority { return left.priority > right.priority }
        return left.exporter < right.exporter
    }
}

private struct Refusal: Error {
    var explanation: Explanation

    init(_ reason: String, _ message: String) { explanation = Explanation(reason, message) }
}

extension Lease {
    fileprivate var specificationProblem: Explanation? {
        if spec.selector.isEmpty && (spec.exporterRef?.name ?? "").isEmpty {
            return Explanation("InvalidSelector", "the lease has neither a selector nor an exporter's name")
        }
        if let problem = spec.selector.problems(at: "spec.selector").first {
            return Explanation("InvalidSelector", "the selector is not valid: \(problem)")
        }
        return nil
    }

    fileprivate func choice(in view: LabView) -> Result<[Exporter], Refusal> {
        if let name = spec.exporterRef?.name, !name.isEmpty { return pinned(to: name, in: view) }
        let matching = view.exporters.values.filter { spec.selector.matches($0.metadata.labels) }
        if matching.isEmpty {
            return .failure(Refusal("NoExporterMatches", "no exporter matches the selector \"\(spec.selector)\""))
        }
        let enabled = matching.filter(\.spec.enabled)
        if enabled.isEmpty {
            let names = matching.map(\.metadata.name).sorted().joined(separator: ", ")
            return .failure(
                Refusal("AllDisabled", "every exporter that matches \"\(spec.selector)\" is disabled: \(names)")
            )
        }
        return .success(enabled)
    }

    private func pinned(to name: String, in view: LabView) -> Result<[Exporter], Refusal> {
        guard let exporter = view.exporters[name] else {
            return .failure(Refusal("ExporterNotFound", "there is no exporter \"\(name)\" in this namespace"))
        }
        if !spec.selector.matches(exporter.metadata.labels) {
            return .failure(
                Refusal("SelectorMismatch", "exporter \"\(name)\" does not match the selector \"\(spec.selector)\"")
            )
        }
        if !exporter.spec.enabled && !spec.allowDisabled {
            return .failure(
                Refusal("ExporterDisabled", "exporter \"\(name)\" is disabled; allow_disabled leases it all the same")
            )
        }
        return .success([exporter])
    }
}
