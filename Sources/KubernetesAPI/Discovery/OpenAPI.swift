import Foundation
import Resources

/// The OpenAPI documents: what `kubectl explain` reads, and where kubectl looks whether the server checks fields.
enum OpenAPI {
    /// `/openapi/v3`: the address of each document. The hash lets clients keep what they have.
    static let index: JSONValue = {
        var paths: [String: JSONValue] = [:]
        for (group, version) in groups {
            guard let document = document3(group: group, version: version) else { continue }
            let path = path(group, version)
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=\(fingerprint(document))")]
        }
        return ["paths": .object(paths)]
    }()

    /// `/openapi/v3/apis/GROUP/VERSION`
    static func document3(group: String, version: String) -> JSONValue? { documents3["\(group)/\(version)"] }

    private static let documents3: [String: JSONValue] = {
        let pairs = groups.map { ("\($0.group)/\($0.version)", makeDocument3(group: $0.group)) }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }()

    private static var groups: [(group: String, version: String)] {
        Discovery.groups.filter { pair in KindDefinition.all.contains { $0.type.group == pair.group } }
    }

    private static func path(_ group: String, _ version: String) -> String {
        group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)"
    }

    private static func makeDocument3(group: String) -> JSONValue {
        let kinds = KindDefinition.all.filter { $0.type.group == group }
        return [
            "openapi": "3.0.0", "info": info,
            "paths": .object(OpenAPIPaths.all(kinds, .openAPI3)),
            "components": ["schemas": .object(schemas(kinds, .openAPI3))],
        ]
    }

    /// `/openapi/v2`
    static let document2: JSONValue = [
        "swagger": "2.0", "info": info,
        "paths": .object(OpenAPIPaths.all(KindDefinition.all, .openAPI2)),
        "definitions": .object(schemas(KindDefinition.all, .openAPI2)),
    ]

    /// The same document without kinds, as a protobuf `openapi.v2.Document`: field 1 is the version of OpenAPI, field 2
    /// the title and version (fields 1 and 2 in turn) of what is described.
    static let emptyDocument2: Data = {
        let title = protobufField(1, Data("Jumpstarter".utf8)) + protobufField(2, Data("v1alpha1".utf8))
        return protobufField(1, Data("2.0".utf8)) + protobufField(2, title)
    }()

    /// A length-delimited field shorter than 128 bytes.
    private static func protobufField(_ number: UInt8, _ content: Data) -> Data {
        Data([number << 3 | 2, UInt8(content.count)]) + content
    }

    private static let info: JSONValue = ["title": "Jumpstarter", "version": "v1alpha1"]

    private static func schemas(_ kinds: [KindDefinition], _ dialect: Schema.Dialect) -> [String: JSONValue] {
        var schemas: [String: JSONValue] = [Schema.objectMetaName: metadata(dialect)]
        for kind in kinds {
            var schema = kind.schema.document(dialect)
            schema["x-kubernetes-group-version-kind"] = [OpenAPIPaths.kind(kind.type)]
            schemas[kind.schemaName] = schema
            schemas["\(kind.schemaName)List"] = list(of: kind, dialect)
        }
        return schemas
    }

    private static func metadata(_ dialect: Schema.Dialect) -> JSONValue {
        guard case .objectMeta(let properties) = Schema.objectMeta.shape else { return ["type": "object"] }
        return Schema(Schema.objectMeta.description, .object(properties)).document(dialect)
    }

    private static func list(of kind: KindDefinition, _ dialect: Schema.Dialect) -> JSONValue {
        let items: JSONValue = [
            "type": "array", "items": ["$ref": .string(dialect.referencePrefix + kind.schemaName)],
        ]
        var listType = kind.type
        listType.kind += "List"
        return [
            "description": .string("Objects of kind \(kind.type.kind)."), "type": "object", "required": ["items"],
            "properties": ["apiVersion": text, "kind": text, "items": items, "metadata": ["type": "object"]],
            "x-kubernetes-group-version-kind": [OpenAPIPaths.kind(listType)],
        ]
    }

    private static let text: JSONValue = ["type": "string"]

    /// FNV-1a over the text: equal documents have equal hashes, in every process.
    private static func fingerprint(_ document: JSONValue) -> String {
        let hash = document.text.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16, uppercase: true)
    }
}
