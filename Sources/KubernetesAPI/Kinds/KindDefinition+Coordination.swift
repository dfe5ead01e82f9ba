import Resources

extension KindDefinition {
    /// Source: Kubernetes API reference, `coordination.k8s.io/v1` Lease.
    static let coordinationLease = KindDefinition(
        .coordinationLeases,
        schema: .whole(
            "Who leads, or who lives: renewed again and again by its holder.",
            .optional(
                "spec",
                .object(
                    "The holder and its times.",
                    .optional("holderIdentity", .text("The present holder; empty or absent when there is none.")),
                    .optional(
                        "leaseDurationSeconds",
                        .number("How long others wait after the last renewal that they saw before they take over.")
                    ),
                    .optional("acquireTime", .time("When the present holder became it.")),
                    .optional("renewTime", .time("When the present holder last renewed.")),
                    .optional("leaseTransitions", .number("How often the holder changed.")),
                    .optional("strategy", .text("How a coordinated election chooses; not used here.")),
                    .optional("preferredHolder", .text("Who should take over; not used here."))
                )
            )
        ),
        columns: [.name, .text("Holder", ["spec", "holderIdentity"], "The present holder."), .age]
    ) { object, _ in
        let spec = object.content["spec"] ?? [:]
        var problems: [FieldProblem] = []
        if let seconds = spec["leaseDurationSeconds"]?.integerValue, seconds <= 0 {
            problems.append(FieldProblem(.invalid, "spec.leaseDurationSeconds", "must be greater than 0"))
        }
        if let count = spec["leaseTransitions"]?.integerValue, count < 0 {
            problems.append(FieldProblem(.invalid, "spec.leaseTransitions", "must not be negative"))
        }
        return problems
    }
}
