import KubernetesAPI
package import Resources

extension Manifests {
    /// The custom resource definitions of our four kinds.
    package static var definitions: [JSONValue] {
        ResourceType.jumpstarterTypes.compactMap(KindDefinition.of).map(definition)
    }

    private static func definition(_ kind: KindDefinition) -> JSONValue {
        let type = kind.type
        var names: [String: JSONValue] = [
            "kind": .string(type.kind), "listKind": .string("\(type.kind)List"), "plural": .string(type.plural),
            "singular": .string(type.singular), "categories": type.categories.asJSON,
        ]
        if !type.shortNames.isEmpty { names["shortNames"] = type.shortNames.asJSON }
        let version: JSONValue = [
            "name": .string(type.version), "served": true, "storage": true,
            "schema": ["openAPIV3Schema": bounded(kind.schema.document(.customResourceDefinition))],
            "subresources": ["status": [:]],
            "additionalPrinterColumns": .array(kind.columns.compactMap(column)),
        ]
        return [
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": [
                "name": .string(type.qualifiedPlural), "labels": ["app.kubernetes.io/part-of": "jumpstarter"],
            ],
            "spec": [
                "group": .string(type.group), "scope": "Namespaced", "names": .object(names), "versions": [version],
            ],
        ]
    }

    private static func column(_ column: TableColumn) -> JSONValue? {
        // Every table has the name by itself.
        guard let path = column.path else { return nil }
        let isAge = path == ["metadata", "creationTimestamp"]
        var members: [String: JSONValue] = [
            "name": .string(column.name), "type": .string(isAge ? "date" : column.type),
            "jsonPath": .string("." + path.joined(separator: ".")), "description": .string(column.description),
        ]
        if column.priority > 0 { members["priority"] = .integer(Int64(column.priority)) }
        return .object(members)
    }

    /// The schema with bounds where the rules in CEL iterate: an API server estimates the worst case of each rule from
    /// them, and refuses definitions without.
    private static func bounded(_ schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        if case .object(let properties)? = members["properties"] {
            members["properties"] = .object(properties.mapValues(bounded))
        }
        if members["maxProperties"] != nil, case .object(var element)? = members["additionalProperties"],
            element["type"] == "string"
        {
            // Tags become label values (63); what the context allows is checked by its own rule.
            element["maxLength"] = 256
            members["additionalProperties"] = .object(element)
        }
        return .object(members)
    }
}
