import Resources

// The kinds of the core group, as far as the service and its administrators use them.

extension KindDefinition {
    static let secret = KindDefinition(
        .secrets,
        schema: .whole(
            "Data that is not for everybody's eyes; here, the tokens of clients and exporters.",
            .optional("type", .text("What the data is for; Opaque for ours.").defaulting(to: "Opaque")),
            .optional("data", Schema("The data, base64.", .map(of: Schema("", .string(.bytes))))),
            .optional("stringData", .texts("Data as text, for writing only; it goes into data.")),
            .optional("immutable", .flag("True forbids changes of the data."))
        ),
        columns: [
            .name, .text("Type", ["type"], "What the data is for."),
            .count("Data", ["data"], "How many entries the data has."), .age,
        ],
        selectableFields: ["type"],
        validate: { object, old in DataMap.problems(object, old) }
    )

    static let configMap = KindDefinition(
        .configMaps,
        schema: .whole(
            "Configuration as text.",
            .optional("data", .texts("The configuration.")),
            .optional("binaryData", Schema("Bytes, base64.", .map(of: Schema("", .string(.bytes))))),
            .optional("immutable", .flag("True forbids changes of the data."))
        ),
        columns: [.name, .count("Data", ["data"], "How many entries the data has."), .age],
        validate: { object, old in DataMap.problems(object, old) }
    )

    static let namespace = KindDefinition(
        .namespaces,
        schema: .whole(
            "A room for objects.",
            .optional(
                "spec",
                .object("What the namespace shall be.", .optional("finalizers", .list("Not used.", of: .text(""))))
            ),
            .optional(
                "status",
                .object("What became of it.", .optional("phase", .text("Active or Terminating.")))
            )
        ),
        columns: [.name, .text("Status", ["status", "phase"], "Active or Terminating."), .age]
    )

    static let event = KindDefinition(
        .events,
        schema: .whole(
            "Something that happened to an object.",
            .required("involvedObject", objectReference),
            .optional("reason", .text("A word in CamelCase, for programs.")),
            .optional("message", .text("A sentence, for people.")),
            .optional("type", .text("Normal or Warning.")),
            .optional("count", .number("How often it happened.")),
            .optional("firstTimestamp", .time("When it first happened.")),
            .optional("lastTimestamp", .time("When it last happened.")),
            .optional("eventTime", .time("When it was first noticed.")),
            .optional("source", eventSource),
            .optional("action", .text("What was done.")),
            .optional("related", objectReference),
            .optional("series", eventSeries),
            .optional("reportingComponent", .text("The program that tells of it.")),
            .optional("reportingInstance", .text("The instance of that program."))
        ),
        columns: EventColumns.all,
        selectableFields: [
            "involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid",
            "involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath", "reason",
            "reportingComponent", "source", "type",
        ]
    )

    private static let eventSource = Schema.object(
        "The program that tells of it.",
        .optional("component", .text("Its name.")),
        .optional("host", .text("The machine that it runs on."))
    )

    private static let eventSeries = Schema.object(
        "The event as one of a series.",
        .optional("count", .number("How often it happened.")),
        .optional("lastObservedTime", .time("When it last happened."))
    )

    private static let objectReference = Schema.object(
        "The object that the event is about.",
        .optional("apiVersion", .text("Its API version.")),
        .optional("kind", .text("Its kind.")),
        .optional("namespace", .text("Its namespace.")),
        .optional("name", .text("Its name.")),
        .optional("uid", .text("Its uid.")),
        .optional("resourceVersion", .text("Its version at that time.")),
        .optional("fieldPath", .text("The part of it that the event is about."))
    )
}
