import Resources

/// Applies a namespace's access policies to one lease (spec/leases.md, "Which exporter", 4).
struct AccessEvaluation {
    private let lease: Lease
    private let clientLabels: [String: String]
    private let policies: [ExporterAccessPolicy]

    init(lease: Lease, view: LabView) {
        self.lease = lease
        self.clientLabels = view.clients[lease.spec.clientRef.name]?.metadata.labels ?? [:]
        self.policies = view.policies
    }

    /// The exporter with the best terms that any policy gives, or nil when none allows it.
    func candidate(_ exporter: Exporter) -> Candidate? {
        policies
            .filter { $0.spec.exporterSelector.matches(exporter.metadata.labels) }
            .flatMap(\.spec.policies)
            .filter { knowsClient($0) && permitsDuration($0) }
            .map {
                Candidate(exporter: exporter.metadata.name, priority: $0.priority, spotAccess: $0.spotAccess)
            }
            .min(by: Candidate.isBetter)
    }

    /// Why none of the exporters is allowed, with the descriptions of the policies that did not match.
    func refusal(_ exporters: [Exporter]) -> Explanation {
        let names = exporters.map(\.metadata.name).sorted().joined(separator: ", ")
        let reasons = policies.sorted { $0.metadata.name < $1.metadata.name }.flatMap { policy in
            policy.spec.policies.map { "\(title($0, of: policy)): \(reason($0, of: policy, exporters: exporters))" }
        }
        let client = lease.spec.clientRef.name
        let list = reasons.isEmpty ? "no policy has an entry" : reasons.joined(separator: "; ")
        return Explanation(
            "NoAccess",
            "no access policy lets client \"\(client)\" have \(names) as asked for (\(list))"
        )
    }

    private func title(_ entry: ExporterAccessPolicy.Entry, of policy: ExporterAccessPolicy) -> String {
        if let description = entry.description, !description.isEmpty { return "\"\(description)\"" }
        return "policy \(policy.metadata.name)"
    }

    private func reason(
        _ entry: ExporterAccessPolicy.Entry,
        of policy: ExporterAccessPolicy,
        exporters: [Exporter]
    ) -> String {
        if !exporters.contains(where: { policy.spec.exporterSelector.matches($0.metadata.labels) }) {
            return "is for other exporters"
        }
        if !knowsClient(entry) { return "is for other clients" }
        return "allows at most \(entry.maximumDuration?.description ?? "any duration")"
    }

    private func knowsClient(_ entry: ExporterAccessPolicy.Entry) -> Bool {
        entry.from.contains { $0.clientSelector.matches(clientLabels) }
    }

    private func permitsDuration(_ entry: ExporterAccessPolicy.Entry) -> Bool {
        guard let maximum = entry.maximumDuration else { return true }
        guard let duration = lease.requestedDuration else { return false }
        return duration <= maximum
    }
}

extension Lease {
    /// How long the lease asks to last; nil when it does not say.
    fileprivate var requestedDuration: GoDuration? {
        if let duration = spec.duration { return duration }
        guard let begin = spec.beginTime, let end = spec.endTime else { return nil }
        return end.since(begin)
    }
}
