import JumpstarterProtocol
import SwiftProtobuf
import Testing

/// The comparison itself: each kind of change must be seen, at its path.
@Suite("Descriptor comparison")
struct DescriptorDifferenceTests {
    /// A change to our descriptors and the paths where it must be reported.
    struct Change: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let paths: [String]
        let apply: @Sendable (inout Google_Protobuf_FileDescriptorProto) -> Void
    }

    @Test("a set does not differ from itself")
    func identity() throws {
        let ours = try ProtocolDescriptors.load()
        #expect(DescriptorDifference.between(published: ours, ours: ours) == [])
        #expect(DescriptorFacts(ours).values.count > 500)
    }

    @Test("a change is caught and its path reported", arguments: changes)
    func changeIsCaught(_ change: Change) throws {
        let original = try ProtocolDescriptors.load()
        var changed = original
        let file = try #require(changed.file.firstIndex { $0.name == "jumpstarter/v1/jumpstarter.proto" })
        change.apply(&changed.file[file])
        let differences = DescriptorDifference.between(published: original, ours: changed)
        #expect(differences.map(\.path) == change.paths)
    }

    static let changes: [Change] = [
        field("a field's number") {
            $0.number = 9
        } at: { old in
            ["jsonName", "label", "name", "options", "type"].flatMap { ["\(old).\($0)", "\(dialRequest)[9].\($0)"] }
                .sorted()
        },
        field("a field's name") {
            $0.name = "lease"
        } at: {
            ["\($0).name"]
        },
        field("a field's JSON name") {
            $0.jsonName = "lease"
        } at: {
            ["\($0).jsonName"]
        },
        field("a field's type") {
            $0.type = .bytes
        } at: {
            ["\($0).type"]
        },
        field("a field that is repeated now") {
            $0.label = .repeated
        } at: {
            ["\($0).label"]
        },
        field("a field that has presence now") {
            $0.proto3Optional = true
        } at: {
            ["\($0).label"]
        },
        field("a field that is deprecated now") {
            $0.options.deprecated = true
        } at: {
            ["\($0).options"]
        },
        method("a request that is a stream now", path: "request") { $0.clientStreaming = true },
        method("a response that is a stream now", path: "response") { $0.serverStreaming = true },
        method("another request type", path: "request") { $0.inputType = ".jumpstarter.v1.ListenRequest" },
        method("another response type", path: "response") { $0.outputType = ".jumpstarter.v1.ListenResponse" },
        Change(
            testDescription: "a message that is gone",
            paths: ["jumpstarter.v1.StatusRequest", "jumpstarter.v1.StatusRequest.options"]
        ) { file in
            file.messageType.removeAll { $0.name == "StatusRequest" }
        },
        Change(testDescription: "another syntax", paths: ["jumpstarter/v1/jumpstarter.proto"]) { file in
            file.syntax = "proto2"
        },
    ]

    private static let dialRequest = "jumpstarter.v1.DialRequest"

    private static func field(
        _ description: String,
        change: @escaping @Sendable (inout Google_Protobuf_FieldDescriptorProto) -> Void,
        at paths: (String) -> [String]
    ) -> Change {
        Change(testDescription: description, paths: paths("\(dialRequest)[1]")) { file in
            for message in file.messageType.indices where file.messageType[message].name == "DialRequest" {
                change(&file.messageType[message].field[0])
            }
        }
    }

    private static func method(
        _ description: String,
        path: String,
        change: @escaping @Sendable (inout Google_Protobuf_MethodDescriptorProto) -> Void
    ) -> Change {
        Change(testDescription: description, paths: ["jumpstarter.v1.ControllerService/Dial.\(path)"]) { file in
            for service in file.service.indices where file.service[service].name == "ControllerService" {
                for method in file.service[service].method.indices
                where file.service[service].method[method].name == "Dial" {
                    change(&file.service[service].method[method])
                }
            }
        }
    }

    @Test("a changed enum value is caught")
    func enumValue() throws {
        let original = try ProtocolDescriptors.load()
        var changed = original
        let file = try #require(changed.file.firstIndex { $0.name == "jumpstarter/v1/router.proto" })
        let value = try #require(changed.file[file].enumType[0].value.firstIndex { $0.number == 6 })
        changed.file[file].enumType[0].value[value].number = 5
        let differences = DescriptorDifference.between(published: original, ours: changed)
        #expect(
            differences == [
                DescriptorDifference(
                    path: "jumpstarter.v1.FrameType[5].name",
                    published: nil,
                    ours: "FRAME_TYPE_PING"
                ),
                DescriptorDifference(
                    path: "jumpstarter.v1.FrameType[6].name",
                    published: "FRAME_TYPE_PING",
                    ours: nil
                ),
            ]
        )
    }
}
