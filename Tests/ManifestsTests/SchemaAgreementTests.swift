import Foundation
import KubernetesAPI
import Resources
import Testing

/// Every field of the Swift types is in the schema, and every field of the schema is one that the types keep.
@Suite struct SchemaAgreementTests {
    /// A value of the right shape for every field of a schema, so that decoding reads them all.
    private func sample(_ schema: JSONValue, _ name: String) -> JSONValue {
        let members = schema.objectValue ?? [:]
        if let word = members["enum"]?.arrayValue?.last { return word }
        switch members["type"]?.stringValue {
        case "object":
            if let properties = members["properties"]?.objectValue {
                return .object(Dictionary(uniqueKeysWithValues: properties.map { ($0.key, sample($0.value, $0.key)) }))
            }
            return ["key": "value"]
        case "array": return [sample(members["items"] ?? [:], name)]
        case "integer": return 7
        // Not the default, which an encoder may leave out.
        case "boolean": return name == "enabled" ? false : true
        default:
            if members["format"] == "date-time" { return "2026-01-31T08:00:00Z" }
            return name.lowercased().hasSuffix("duration") ? "1h30m0s" : "text"
        }
    }

    private func paths(_ value: JSONValue, at path: String = "") -> Set<String> {
        switch value {
        case .object(let members):
            members.reduce(into: [path]) { $0.formUnion(paths($1.value, at: "\(path).\($1.key)")) }
        case .array(let elements): elements.reduce(into: [path]) { $0.formUnion(paths($1, at: path + "[]")) }
        default: [path]
        }
    }

    /// The names of a value's stored properties, by reflection; those of nested values after a dot.
    private func fieldNames(_ value: Any) -> Set<String> {
        let mirror = Mirror(reflecting: value)
        if mirror.displayStyle == .optional || mirror.displayStyle == .collection {
            return mirror.children.reduce(into: []) { $0.formUnion(fieldNames($1.value)) }
        }
        guard mirror.displayStyle == .struct, !(value is Timestamp), !(value is GoDuration) else { return [] }
        return mirror.children.reduce(into: []) { names, child in
            guard let label = child.label else { return }
            names.insert(label.replacing("_", with: "").lowercased())
            names.formUnion(fieldNames(child.value))
        }
    }

    private func check<R: Resource>(_ type: R.Type, parts: (R) -> [Any]) throws {
        let kind = try #require(KindDefinition.of(R.resourceType))
        let schema = kind.schema.document(.customResourceDefinition)
        guard case .object(var object) = sample(schema, "") else { return }
        object["metadata"] = ["name": "a", "namespace": "b"]
        object["apiVersion"] = .string(R.resourceType.apiVersion)
        object["kind"] = .string(R.resourceType.kind)
        let decoded = try JSONValue.object(object).decoded(as: R.self)
        let encoded = try JSONValue(encoding: decoded)
        for part in ["spec", "status"] {
            // An empty object may be left out.
            guard let wanted = object[part], wanted != [:] else { continue }
            #expect(paths(wanted) == paths(encoded[part] ?? .null), "\(R.resourceType.kind).\(part)")
        }
        let known = Set(
            paths(.object(object)).flatMap { $0.split(separator: ".") }.map {
                $0.replacing("[]", with: "").replacing("_", with: "").lowercased()
            }
        )
        for part in parts(decoded) {
            #expect(
                fieldNames(part).subtracting(known) == [],
                "stored in \(R.resourceType.kind), but not in its schema"
            )
        }
    }

    @Test("The schema of clients has the fields of Client, and no others")
    func client() throws { try check(Client.self) { [$0.spec, $0.status] } }

    @Test("The schema of exporters has the fields of Exporter, and no others")
    func exporter() throws { try check(Exporter.self) { [$0.spec, $0.status] } }

    @Test("The schema of leases has the fields of Lease, and no others")
    func lease() throws { try check(Lease.self) { [$0.spec, $0.status] } }

    @Test("The schema of access policies has the fields of ExporterAccessPolicy, and no others")
    func policy() throws { try check(ExporterAccessPolicy.self) { [$0.spec] } }
}
