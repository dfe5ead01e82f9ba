import Resources

extension KindDefinition {
    static let lease = KindDefinition(
        Lease.self,
        schema: .whole(
            "Exclusive use of one exporter for a time.",
            .optional("spec", leaseSpec),
            .optional("status", leaseStatus)
        ),
        columns: [
            .name,
            .flag("Ended", ["status", "ended"], "Whether the lease has ended."),
            .text("Client", ["spec", "clientRef", "name"], "The client that the lease is for."),
            .text("Exporter", ["status", "exporterRef", "name"], "The exporter that the lease holds."),
            .age,
        ]
    )

    private static let leaseSpec = Schema.object(
        "What the client asks for.",
        .required("clientRef", .reference("The client that the lease is for.", to: "Client")),
        .optional("duration", .duration("How long the exporter is wanted, such as 30m or 1h30m.")),
        .optional("selector", .selector("The exporters that would do, by their labels.").defaulting(to: [:])),
        .optional("exporterRef", .reference("Pins the lease to one exporter.", to: "Exporter")),
        .optional("tags", tags),
        .optional("context", context),
        .optional("allowDisabled", .flag("Lets a lease with exporterRef have an exporter that is disabled.")),
        .optional("release", .flag("True ends the lease now.")),
        .optional("beginTime", .time("When the lease shall begin; absent means as soon as possible.")),
        .optional("endTime", .time("When the lease shall end."))
    ).ruled(
        by: .init(
            "((has(self.selector.matchLabels) && size(self.selector.matchLabels) > 0) || "
                + "(has(self.selector.matchExpressions) && size(self.selector.matchExpressions) > 0)) || "
                + "(has(self.exporterRef) && has(self.exporterRef.name) && size(self.exporterRef.name) > 0)",
            "one of selector or exporterRef.name is required"
        ),
        .init(
            "!(has(self.allowDisabled) && self.allowDisabled) || has(self.exporterRef)",
            "allowDisabled may be set only together with exporterRef"
        ),
        .init(
            "!has(oldSelf.tags) || (has(self.tags) && self.tags == oldSelf.tags)",
            "tags are immutable once set"
        ),
        .init(
            "!has(oldSelf.context) || (has(self.context) && self.context == oldSelf.context)",
            "context is immutable once set"
        )
    )

    private static let tags = Schema.texts(
        "The client's own marks; each appears on the object as the label metadata.jumpstarter.dev/KEY. "
            + "They cannot be changed once set."
    ).limited(to: Lease.Limit.tags)

    private static let context = Schema.texts(
        "What the client wants the exporter and the logs to know: keys to \(Lease.Limit.contextKeyLength), "
            + "values to \(Lease.Limit.contextValueLength) characters. It cannot be changed once set."
    ).limited(to: Lease.Limit.contextEntries).ruled(
        by: .init(
            "self.all(k, size(k) <= \(Lease.Limit.contextKeyLength))",
            "keys must have at most \(Lease.Limit.contextKeyLength) characters"
        ),
        .init(
            "self.all(k, size(self[k]) <= \(Lease.Limit.contextValueLength))",
            "values must have at most \(Lease.Limit.contextValueLength) characters"
        )
    )

    private static let leaseStatus = Schema.object(
        "What the service did.",
        .optional("beginTime", .time("When the exporter was assigned.")),
        .optional("endTime", .time("When the lease ended.")),
        .optional("exporterRef", .reference("The exporter that the lease holds or held.", to: "Exporter")),
        .required("ended", .flag("Whether the lease has ended.").defaulting(to: false)),
        .optional("priority", .number("The priority of the access policy that the exporter was assigned by.")),
        .optional("spotAccess", .flag("True when the exporter was given only while nobody else wants it.")),
        .optional("conditions", .conditions)
    )
}
