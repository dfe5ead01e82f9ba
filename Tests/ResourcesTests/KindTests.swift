import Foundation
import Resources
import Testing

@Suite("Kinds as JSON")
struct KindTests {
    private static let metadata = """
        {"name":"n","namespace":"lab","generateName":"n-","uid":"u","resourceVersion":"7","generation":2,
         "creationTimestamp":"2026-01-31T08:00:00Z","deletionTimestamp":"2026-01-31T09:00:00Z","labels":{"a":"b"},
         "annotations":{"c":"d"},"finalizers":["f"],"ownerReferences":[{"apiVersion":"v1","kind":"Namespace",
         "name":"o","uid":"p","controller":true,"blockOwnerDeletion":false}]}
        """
    private static let condition = """
        {"type":"Ready","status":"True","observedGeneration":1,"lastTransitionTime":"2026-01-31T08:00:00Z",
         "reason":"R","message":"m"}
        """

    /// The members beside apiVersion, kind and metadata, every one that the kind knows.
    private static let contents: [(ResourceType, String)] = [
        (
            .clients,
            """
            "spec":{"username":"dex:alice"},"status":{"conditions":[\(condition)],"credential":{"name":"n-client"},
            "endpoint":"lab:8082","tokenExpiresAt":"2027-01-31T08:00:00Z"}
            """
        ),
        (
            .exporters,
            """
            "spec":{"username":"dex:rpi","enabled":false},"status":{"conditions":[\(condition)],
            "credential":{"name":"n-exporter"},"devices":[{"uuid":"1","parent_uuid":"0","labels":{"a":"b"}}],
            "leaseRef":{"name":"l"},"lastSeen":"2026-01-31T08:00:00Z","endpoint":"lab:8082",
            "exporterStatus":"LeaseReady","statusMessage":"ready"}
            """
        ),
        (
            .leases,
            """
            "spec":{"clientRef":{"name":"alice"},"duration":"1h30m0s","selector":{"matchLabels":{"board":"rpi"},
            "matchExpressions":[{"key":"k","operator":"In","values":["v"]}]},"exporterRef":{"name":"e"},
            "tags":{"t":"1"},"context":{"c":"1"},"allowDisabled":true,"release":true,
            "beginTime":"2026-01-31T08:00:00Z","endTime":"2026-01-31T09:30:00Z"},
            "status":{"beginTime":"2026-01-31T08:00:00Z","endTime":"2026-01-31T09:00:00Z","exporterRef":{"name":"e"},
            "ended":true,"priority":5,"spotAccess":true,"conditions":[\(condition)]}
            """
        ),
        (
            .exporterAccessPolicies,
            """
            "spec":{"exporterSelector":{"matchLabels":{"board":"rpi"}},"policies":[{"description":"d","priority":3,
            "from":[{"clientSelector":{"matchLabels":{"team":"a"}}}],"maximumDuration":"30m0s","spotAccess":true}]}
            """
        ),
        (.secrets, #""type":"Opaque","data":{"token":"aGVsbG8="}"#),
        (.configMaps, #""data":{"config":"a: b\n"}"#),
        (
            .events,
            """
            "involvedObject":{"apiVersion":"v1","kind":"Client","namespace":"lab","name":"n","uid":"u",
            "resourceVersion":"7"},"reason":"R","message":"m","type":"Warning","count":3,
            "firstTimestamp":"2026-01-31T08:00:00Z","lastTimestamp":"2026-01-31T08:00:01Z",
            "source":{"component":"c"},"reportingComponent":"c","reportingInstance":"i"
            """
        ),
    ]

    private static func object(_ type: ResourceType, extra: String = "") throws -> UnstructuredObject {
        let content = contents.first { $0.0 == type }?.1 ?? ""
        let json =
            #"{"apiVersion":"\#(type.apiVersion)","kind":"\#(type.kind)","metadata":\#(metadata),\#(content)\#(extra)}"#
        return try UnstructuredObject(type: type, json: Data(json.utf8))
    }

    private static func throughType(_ object: UnstructuredObject) throws -> UnstructuredObject {
        switch object.type {
        case .clients: try UnstructuredObject(object.decoded(as: Client.self))
        case .exporters: try UnstructuredObject(object.decoded(as: Exporter.self))
        case .leases: try UnstructuredObject(object.decoded(as: Lease.self))
        case .exporterAccessPolicies: try UnstructuredObject(object.decoded(as: ExporterAccessPolicy.self))
        case .secrets: try UnstructuredObject(object.decoded(as: Secret.self))
        case .configMaps: try UnstructuredObject(object.decoded(as: ConfigMap.self))
        default: try UnstructuredObject(object.decoded(as: Event.self))
        }
    }

    @Test("every member survives the way through the type", arguments: contents.map(\.0))
    func roundTrip(_ type: ResourceType) throws {
        let object = try Self.object(type)
        #expect(try Self.throughType(object) == object)
        #expect(try UnstructuredObject(type: type, json: object.jsonData()) == object)
    }

    @Test("unknown members are dropped", arguments: contents.map(\.0))
    func pruning(_ type: ResourceType) throws {
        let padded = try Self.object(type, extra: #","unknown":{"a":1}"#)
        #expect(padded.content["unknown"] != nil)
        #expect(try Self.throughType(padded) == Self.object(type))
    }

    @Test("metadata means the same through its tree as through Codable")
    func metadata() throws {
        let value = try JSONValue(json: Data(Self.metadata.utf8))
        let object = try UnstructuredObject(type: .clients, value: ["metadata": value])
        #expect(try value.decoded(as: ObjectMeta.self) == object.metadata)
        #expect(try object.value()["metadata"] == value)
        #expect(try JSONValue(encoding: object.metadata) == value)
    }

    @Test("defaults are filled in when members are absent or null")
    func defaults() throws {
        let exporter = try UnstructuredObject(
            type: .exporters,
            json: Data(#"{"metadata":{"name":"e","labels":null},"spec":{"enabled":null},"status":null}"#.utf8)
        ).decoded(as: Exporter.self)
        #expect(exporter.spec.enabled)
        #expect(exporter.status == Exporter.Status())
        let lease = try UnstructuredObject(
            type: .leases,
            json: Data(#"{"metadata":{"name":"l"},"spec":{"clientRef":{"name":"a"}}}"#.utf8)
        ).decoded(as: Lease.self)
        #expect(lease.spec.selector.isEmpty)
        #expect(!lease.status.ended)
        #expect(try UnstructuredObject(lease).content["status"] == ["ended": false])
    }

    @Test(
        "metadata of the wrong shape is an error that names the member",
        arguments: [
            (#"{"labels":{"a":1}}"#, "metadata.labels.a"), (#"{"creationTimestamp":"today"}"#, "creationTimestamp"),
            (#"{"finalizers":"f"}"#, "finalizers"), (#"{"ownerReferences":[{"kind":"A"}]}"#, "apiVersion"),
            (#"{"generation":"1"}"#, "generation"), (#"[]"#, "metadata"),
        ]
    )
    func wrongShape(_ metadata: String, _ member: String) {
        let error = #expect(throws: DecodingError.self) {
            try UnstructuredObject(type: .clients, json: Data(#"{"metadata":\#(metadata)}"#.utf8))
        }
        #expect(error.map { "\($0)".contains(member) } == true)
    }
}
