import Resources

/// The columns of events, as `kubectl get events` has them.
enum EventColumns {
    static let all: [TableColumn] = [
        TableColumn("Last Seen", "When it last happened.") { event, now in
            .string(HumanDuration.since(moment(event, "lastTimestamp") ?? moment(event, "eventTime"), now: now))
        },
        .text("Type", ["type"], "Normal or Warning."),
        .text("Reason", ["reason"], "A word in CamelCase."),
        TableColumn("Object", "The object that the event is about.") { event, _ in .string(object(event)) },
        .text("Subobject", ["involvedObject", "fieldPath"], "The part of it.", priority: 1),
        .text("Source", ["source", "component"], "The program that tells of it.", priority: 1),
        TableColumn("Message", "What happened.") { event, _ in
            .string((event.content["message"]?.stringValue ?? "").trimmingTrailingSpace)
        },
        TableColumn("First Seen", "When it first happened.", priority: 1) { event, now in
            .string(HumanDuration.since(moment(event, "firstTimestamp") ?? moment(event, "eventTime"), now: now))
        },
        TableColumn("Count", "How often it happened.", priority: 1) { event, _ in
            .string(String(event.content["count"]?.integerValue ?? 1))
        },
        TableColumn("Name", format: "name", "The name of the event.", priority: 1) { event, _ in
            .string(event.metadata.name)
        },
    ]

    private static func moment(_ event: UnstructuredObject, _ field: String) -> Timestamp? {
        event.content[field]?.stringValue.flatMap(Timestamp.init(rfc3339:))
    }

    private static func object(_ event: UnstructuredObject) -> String {
        let kind = event.value(at: ["involvedObject", "kind"])?.stringValue ?? ""
        let name = event.value(at: ["involvedObject", "name"])?.stringValue ?? ""
        return "\(kind.lowercased())/\(name)"
    }
}

extension String {
    fileprivate var trimmingTrailingSpace: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
