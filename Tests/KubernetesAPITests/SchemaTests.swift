import Resources
import Testing

@testable import KubernetesAPI

@Suite("Schemas")
struct SchemaTests {
    private let schema = Schema.object(
        "A thing.",
        .required("name", .text("Its name.")),
        .optional("count", .number("How many.")),
        .optional("on", .flag("Whether.").defaulting(to: true)),
        .optional("words", .list("Words.", of: .text(""))),
        .optional("marks", .texts("Marks.")),
        .optional("since", .time("When.")),
        .optional("inner", .object("Inner.", .optional("a", .word("A.", of: ["x", "y"]))))
    )

    private func read(_ value: JSONValue) -> (JSONValue, SchemaReader) {
        var reader = SchemaReader()
        return (reader.read(value, by: schema), reader)
    }

    @Test("Defaults are set, null counts as absent, and unknown members are dropped and named")
    func prune() {
        let (value, reader) = read(["name": "n", "on": nil, "x": 1, "inner": ["a": "x", "b": ["c": 1]]])
        #expect(value == ["name": "n", "on": true, "inner": ["a": "x"]])
        #expect(reader.unknownFields.sorted() == ["inner.b", "x"])
        #expect(reader.problems.isEmpty)
    }

    @Test(
        "What does not fit is named by its path",
        arguments: [
            (["count": 1], "name", FieldProblem.Kind.required),
            (["name": 5], "name", .typeInvalid),
            (["name": "n", "count": "1"], "count", .typeInvalid),
            (["name": "n", "count": 4_294_967_296], "count", .invalid),
            (["name": "n", "words": ["a", 5]], "words[1]", .typeInvalid),
            (["name": "n", "marks": ["a": true]], "marks[a]", .typeInvalid),
            (["name": "n", "since": "noon"], "since", .invalid),
            (["name": "n", "inner": ["a": "z"]], "inner.a", .notSupported),
            (["name": "n", "inner": []], "inner", .typeInvalid),
        ] as [(JSONValue, String, FieldProblem.Kind)]
    )
    func problems(_ value: JSONValue, _ field: String, _ kind: FieldProblem.Kind) {
        let (_, reader) = read(value)
        #expect(reader.problems.map(\.field) == [field])
        #expect(reader.problems.map(\.kind) == [kind])
    }

    @Test("A definition's schema is structural: bare metadata, no references, no patch strategies")
    func customResourceDefinition() throws {
        for kind in KindDefinition.all where !kind.type.group.isEmpty {
            let document = kind.schema.document(.customResourceDefinition)
            #expect(document["properties"]?["metadata"] == ["type": "object"])
            let text = String(decoding: try document.jsonData(), as: UTF8.self)
            #expect(!text.contains("$ref"))
            #expect(!text.contains("x-kubernetes-patch"))
        }
    }

    @Test("The lease's rules are printed with the definition")
    func rules() {
        let spec = KindDefinition.lease.schema.document(.customResourceDefinition)["properties"]?["spec"]
        let messages = spec?["x-kubernetes-validations"]?.arrayValue?.map { $0["message"] }
        #expect(messages?.contains("one of selector or exporterRef.name is required") == true)
        #expect(spec?["required"] == ["clientRef"])
        #expect(spec?["properties"]?["tags"]?["maxProperties"] == 10)
    }

    @Test("Every member that the typed kinds write is known to their schemas")
    func typedKinds() throws {
        var lease = Lease(metadata: ObjectMeta(name: "l"), spec: .init(clientRef: .init(name: "a")))
        lease.spec.duration = .zero
        lease.spec.exporterRef = .init(name: "e")
        lease.spec.tags = ["a": "b"]
        lease.spec.context = ["a": "b"]
        lease.spec.allowDisabled = true
        lease.spec.release = true
        lease.spec.beginTime = Timestamp(seconds: 0)
        lease.spec.endTime = Timestamp(seconds: 1)
        lease.status.beginTime = Timestamp(seconds: 0)
        lease.status.endTime = Timestamp(seconds: 1)
        lease.status.exporterRef = .init(name: "e")
        lease.status.priority = 5
        lease.status.spotAccess = true
        lease.status.conditions = [condition]
        try expectKnown(lease, KindDefinition.lease)

        var exporter = Exporter(metadata: ObjectMeta(name: "e"), spec: .init(username: "u"))
        exporter.status.conditions = [condition]
        exporter.status.credential = .init(name: "s")
        exporter.status.devices = [.init(uuid: "u", parentUUID: "p", labels: ["a": "b"])]
        exporter.status.leaseRef = .init(name: "l")
        exporter.status.lastSeen = Timestamp(seconds: 0)
        exporter.status.endpoint = "host:1"
        exporter.status.exporterStatus = .available
        exporter.status.statusMessage = "fine"
        try expectKnown(exporter, KindDefinition.exporter)

        var client = Client(metadata: ObjectMeta(name: "c"), spec: .init(username: "u"))
        client.status.conditions = [condition]
        client.status.credential = .init(name: "s")
        client.status.endpoint = "host:1"
        client.status.tokenExpiresAt = Timestamp(seconds: 0)
        try expectKnown(client, KindDefinition.client)

        let entry = ExporterAccessPolicy.Entry(
            description: "d",
            priority: 1,
            from: [.init(clientSelector: selector)],
            maximumDuration: .zero,
            spotAccess: true
        )
        let policy = ExporterAccessPolicy(
            metadata: ObjectMeta(name: "p"),
            spec: .init(exporterSelector: selector, policies: [entry])
        )
        try expectKnown(policy, KindDefinition.exporterAccessPolicy)

        let event = Event(
            metadata: ObjectMeta(name: "e"),
            involvedObject: .init(lease),
            reason: "r",
            message: "m",
            type: .normal,
            timestamp: Timestamp(seconds: 0),
            component: "c"
        )
        try expectKnown(event, KindDefinition.event)
    }

    private var condition: Condition {
        Condition(
            type: "Ready",
            status: .isTrue,
            observedGeneration: 1,
            lastTransitionTime: Timestamp(seconds: 0),
            reason: "r",
            message: "m"
        )
    }

    private var selector: LabelSelector {
        LabelSelector(
            matchLabels: ["a": "b"],
            matchExpressions: [.init(key: "c", operator: .in, values: ["d"])]
        )
    }

    private func expectKnown(_ resource: some Resource, _ kind: KindDefinition) throws {
        var reader = SchemaReader()
        let whole = try UnstructuredObject(resource).value()
        let pruned = reader.read(whole, by: kind.schema)
        #expect(reader.unknownFields.isEmpty)
        #expect(reader.problems.isEmpty)
        #expect(pruned == whole)
    }
}
