import Resources

// The columns and types are fixed by spec/resources.md; the rules are those of `Validatable`.

extension KindDefinition {
    static let client = KindDefinition(
        Client.self,
        schema: .whole(
            "A person or a job that may lease exporters.",
            .optional(
                "spec",
                .object("What the client shall be.", .optional("username", usernameSchema("client")))
            ),
            .optional("status", clientStatus)
        ),
        columns: [
            .name, .text("Token Expires", ["status", "tokenExpiresAt"], "When the client's internal token expires."),
            .age,
        ]
    )

    private static let clientStatus = Schema.object(
        "What the service found.",
        .optional("conditions", .conditions),
        .optional("credential", .reference("The Secret that holds the internal token.", to: "Secret")),
        .optional("endpoint", .text("The controller's public gRPC endpoint, host:port.")),
        .optional("tokenExpiresAt", .time("When the internal token expires."))
    )

    private static func usernameSchema(_ what: String) -> Schema {
        .text("The external (OIDC) user name that may act as this \(what), prefix included, such as dex:alice.")
    }

    static let exporter = KindDefinition(
        Exporter.self,
        schema: .whole(
            "A device under test and the agent beside it.",
            .optional("spec", exporterSpec),
            .optional("status", exporterStatus)
        ),
        columns: [
            .name,
            .flag("Enabled", ["spec", "enabled"], "Whether the exporter may be assigned to new leases."),
            .text("Status", ["status", "exporterStatus"], "What the exporter last reported."),
            .text("Message", ["status", "statusMessage"], "What the exporter said about it.", priority: 1),
            .age,
        ]
    )

    private static let exporterSpec = Schema.object(
        "What the exporter shall be.",
        .optional("username", usernameSchema("exporter")),
        .optional(
            "enabled",
            .flag("False keeps the exporter from every new lease; a running lease is left alone.").defaulting(to: true)
        )
    )

    private static let exporterStatus = Schema.object(
        "What the service found.",
        .optional("conditions", .conditions),
        .optional("credential", .reference("The Secret that holds the internal token.", to: "Secret")),
        .optional("devices", .list("The drivers that the exporter registered.", of: device)),
        .optional("leaseRef", .reference("The lease that holds the exporter.", to: "Lease")),
        .optional("lastSeen", .time("The last sign of life; written at most every 30 s.")),
        .optional("endpoint", .text("The controller's public gRPC endpoint, host:port.")),
        .optional(
            "exporterStatus",
            .word("What the exporter last reported.", of: ExporterState.allCases.map(\.rawValue))
        ),
        .optional("statusMessage", .text("What the exporter said about its status."))
    )

    private static let device = Schema.object(
        "A driver instance.",
        .optional("uuid", .text("The identity of the driver instance.")),
        .optional("parent_uuid", .text("The driver instance that this one is part of.")),
        .optional("labels", .texts("What the driver says about itself."))
    )

    static let exporterAccessPolicy = KindDefinition(
        ExporterAccessPolicy.self,
        schema: .whole(
            "Who may lease which exporters, how long and with what priority.",
            .optional("spec", policySpec),
            .optional("status", .object("Empty."))
        ),
        columns: [.name, .age]
    )

    private static let policySpec = Schema.object(
        "What the policy grants.",
        .optional("exporterSelector", .selector("The exporters that the policy speaks of.")),
        .optional("policies", .list("The grants.", of: policyEntry))
    )

    private static let policyEntry = Schema.object(
        "One grant: the clients it is for and its terms.",
        .optional("description", .text("What the grant is for, in words.")),
        .optional("priority", .number("Higher goes first, both among waiting leases and among exporters.")),
        .optional(
            "from",
            .list(
                "The clients that the grant is for.",
                of: .object(
                    "A set of clients.",
                    .optional("clientSelector", .selector("The clients, by their labels."))
                )
            )
        ),
        .optional("maximumDuration", .duration("The longest lease that the grant allows, such as 2h.")),
        .optional("spotAccess", .flag("True when the grant holds only while nobody else wants the exporter."))
    )
}
