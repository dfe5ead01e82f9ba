package import Resources

extension Schema {
    /// Where a schema is printed for: the three differ in how metadata appears and in the extensions they allow.
    package enum Dialect: Sendable, Hashable {
        /// OpenAPI 3, references below `#/components/schemas/`.
        case openAPI3
        /// OpenAPI 2 (Swagger), references below `#/definitions/`.
        case openAPI2
        /// `openAPIV3Schema` of a custom resource definition (a structural schema).
        case customResourceDefinition

        var referencePrefix: String { self == .openAPI2 ? "#/definitions/" : "#/components/schemas/" }
    }

    /// The name under which OpenAPI documents define metadata of objects.
    package static let objectMetaName = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

    /// The schema as a JSON Schema object of that dialect.
    package func document(_ dialect: Dialect) -> JSONValue {
        var members: [String: JSONValue] = [:]
        if !description.isEmpty { members["description"] = .string(description) }
        if case .objectMeta = shape { return metadataReference(members, dialect) }
        members["default"] = defaultValue
        addShape(to: &members, dialect)
        if dialect != .openAPI2, !rules.isEmpty { members["x-kubernetes-validations"] = .array(rules.map(\.document)) }
        return .object(members)
    }

    private func metadataReference(_ members: [String: JSONValue], _ dialect: Dialect) -> JSONValue {
        var members = members
        let reference: JSONValue = ["$ref": .string(dialect.referencePrefix + Self.objectMetaName)]
        switch dialect {
        case .customResourceDefinition: return ["type": "object"]
        case .openAPI2: return .object(members.merging(reference.objectValue ?? [:]) { _, new in new })
        case .openAPI3:
            members["allOf"] = [reference]
            members["default"] = [:]
            return .object(members)
        }
    }

    private func addShape(to members: inout [String: JSONValue], _ dialect: Dialect) {
        switch shape {
        case .object(let properties), .objectMeta(let properties):
            members["type"] = "object"
            members.merge(Self.properties(properties, dialect)) { _, new in new }
        case .map(let element):
            members["type"] = "object"
            members["additionalProperties"] = element.document(dialect)
            members["maxProperties"] = maximumEntries.map { .integer(Int64($0)) }
        case .list(let element, let type):
            members["type"] = "array"
            members["items"] = element.document(dialect)
            members.merge(type.extensions(dialect)) { _, new in new }
        case .string(let format):
            members["type"] = "string"
            members.merge(format.members) { _, new in new }
        case .integer(let format):
            members["type"] = "integer"
            members["format"] = .string(format.rawValue)
        case .boolean:
            members["type"] = "boolean"
        }
    }

    private static func properties(_ properties: [Property], _ dialect: Dialect) -> [String: JSONValue] {
        let pairs = properties.map { ($0.name, $0.schema.document(dialect)) }
        var members: [String: JSONValue] = [:]
        members["properties"] = .object(Dictionary(pairs, uniquingKeysWith: { _, last in last }))
        let required = properties.filter(\.isRequired).map(\.name)
        if !required.isEmpty { members["required"] = .array(required.sorted().map(JSONValue.string)) }
        return members
    }
}

extension Schema.Rule {
    fileprivate var document: JSONValue { ["rule": .string(rule), "message": .string(message)] }
}

extension Schema.StringFormat {
    fileprivate var members: [String: JSONValue] {
        switch self {
        case .text, .duration: [:]
        case .dateTime: ["format": "date-time"]
        case .bytes: ["format": "byte"]
        case .oneOf(let words): ["enum": .array(words.map(JSONValue.string))]
        }
    }
}

extension Schema.ListType {
    fileprivate func extensions(_ dialect: Schema.Dialect) -> [String: JSONValue] {
        switch self {
        case .atomic: return ["x-kubernetes-list-type": "atomic"]
        case .set:
            let merge: [String: JSONValue] = ["x-kubernetes-list-type": "set", "x-kubernetes-patch-strategy": "merge"]
            return dialect == .customResourceDefinition ? ["x-kubernetes-list-type": "set"] : merge
        case .map(let key):
            var members: [String: JSONValue] = ["x-kubernetes-list-type": "map"]
            members["x-kubernetes-list-map-keys"] = [.string(key)]
            if dialect != .customResourceDefinition {
                members["x-kubernetes-patch-strategy"] = "merge"
                members["x-kubernetes-patch-merge-key"] = .string(key)
            }
            return members
        }
    }
}
