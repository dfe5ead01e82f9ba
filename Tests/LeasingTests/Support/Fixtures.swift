import Leasing
import Resources

extension Timestamp {
    /// 2026-01-31T08:00:00Z and some seconds.
    static func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_769_846_400 + seconds) }
}

extension GoDuration {
    static func seconds(_ seconds: Int64) -> GoDuration { GoDuration(seconds: seconds) }
}

extension Exporter {
    /// An exporter that is registered, online and Available.
    static func free(_ name: String, labels: [String: String] = ["board": "a"], enabled: Bool = true) -> Exporter {
        var exporter = Exporter(
            metadata: ObjectMeta(name: name, namespace: "lab", labels: labels),
            spec: .init(enabled: enabled)
        )
        exporter.setCondition(ConditionType.registered, true)
        exporter.setCondition(ConditionType.online, true)
        exporter.status.exporterStatus = .available
        return exporter
    }

    static func offline(_ name: String, labels: [String: String] = ["board": "a"]) -> Exporter {
        var exporter = free(name, labels: labels)
        exporter.setCondition(ConditionType.online, false)
        exporter.status.exporterStatus = .offline
        return exporter
    }

    static func held(_ name: String, by lease: String = "other") -> Exporter {
        var exporter = free(name)
        exporter.status.leaseRef = LocalObjectReference(name: lease)
        exporter.status.exporterStatus = .leaseReady
        return exporter
    }

    static func busy(_ name: String, _ state: ExporterState) -> Exporter {
        var exporter = free(name)
        exporter.status.exporterStatus = state
        return exporter
    }

    mutating func setCondition(_ type: String, _ isTrue: Bool) {
        status.conditions.set(
            Condition(
                type: type,
                status: isTrue ? .isTrue : .isFalse,
                lastTransitionTime: .at(0),
                reason: "Test",
                message: ""
            )
        )
    }
}

extension Lease {
    static func named(
        _ name: String = "lease",
        client: String = "alice",
        selector: LabelSelector = LabelSelector(matchLabels: ["board": "a"]),
        exporter: String? = nil,
        duration: GoDuration? = .seconds(600),
        allowDisabled: Bool = false,
        beginTime: Timestamp? = nil,
        endTime: Timestamp? = nil
    ) -> Lease {
        Lease(
            metadata: ObjectMeta(name: name, namespace: "lab"),
            spec: .init(
                clientRef: LocalObjectReference(name: client),
                duration: duration,
                selector: selector,
                exporterRef: exporter.map(LocalObjectReference.init),
                allowDisabled: allowDisabled,
                beginTime: beginTime,
                endTime: endTime
            )
        )
    }

    static func active(
        duration: GoDuration? = .seconds(600),
        since begin: Timestamp = .at(0),
        endTime: Timestamp? = nil
    ) -> Lease {
        var lease = named(duration: duration, endTime: endTime)
        lease.status.markReady(Candidate(exporter: "exporter"), generation: 1, now: begin)
        return lease
    }
}

extension LabView {
    init(_ exporters: Exporter..., clients: [Client] = [], policies: [ExporterAccessPolicy] = []) {
        self.init(
            exporters: Dictionary(uniqueKeysWithValues: exporters.map { ($0.metadata.name, $0) }),
            clients: Dictionary(uniqueKeysWithValues: clients.map { ($0.metadata.name, $0) }),
            policies: policies
        )
    }
}

extension Client {
    static func named(_ name: String, labels: [String: String] = [:]) -> Client {
        Client(metadata: ObjectMeta(name: name, namespace: "lab", labels: labels))
    }
}

extension ExporterAccessPolicy {
    static func named(
        _ name: String,
        exporters: [String: String] = [:],
        _ entries: Entry...
    ) -> ExporterAccessPolicy {
        ExporterAccessPolicy(
            metadata: ObjectMeta(name: name, namespace: "lab"),
            spec: Spec(exporterSelector: LabelSelector(matchLabels: exporters), policies: entries)
        )
    }
}

extension ExporterAccessPolicy.Entry {
    /// A grant to the clients that have the labels.
    static func grant(
        to labels: [String: String] = [:],
        _ description: String? = nil,
        priority: Int = 0,
        atMost: GoDuration? = nil,
        spot: Bool = false
    ) -> Self {
        Self(
            description: description,
            priority: priority,
            from: [.init(clientSelector: LabelSelector(matchLabels: labels))],
            maximumDuration: atMost,
            spotAccess: spot
        )
    }
}

extension LeaseVerdict {
    var explanation: Explanation? {
        switch self {
        case .assign: nil
        case .pending(let why), .unsatisfiable(let why), .invalid(let why): why
        }
    }

    var exporter: String? {
        if case .assign(let candidate) = self { candidate.exporter } else { nil }
    }
}
