import ObjectStore
package import Resources

/// Everything that the API knows of one kind beside its objects.
package struct KindDefinition: Sendable {
    package var type: ResourceType
    /// The shape of whole objects, `apiVersion`, `kind` and `metadata` included.
    package var schema: Schema
    /// The columns of `kubectl get`, the name included.
    package var columns: [TableColumn]
    /// The further fields that field selectors may name.
    package var selectableFields: Set<String>
    /// What is wrong with an object that fits the schema, given the one it replaces.
    package var validate: @Sendable (UnstructuredObject, UnstructuredObject?) throws -> [FieldProblem]

    init(
        _ type: ResourceType,
        schema: Schema,
        columns: [TableColumn],
        selectableFields: Set<String> = [],
        validate: @escaping @Sendable (UnstructuredObject, UnstructuredObject?) throws -> [FieldProblem] = { _, _ in []
        }
    ) {
        self.type = type
        self.schema = schema
        self.columns = columns
        self.selectableFields = selectableFields
        self.validate = validate
    }

    /// The definition of a kind whose rules its typed form holds.
    init<R: Validatable>(_ type: R.Type, schema: Schema, columns: [TableColumn]) {
        self.init(R.resourceType, schema: schema, columns: columns) { object, old in
            try object.decoded(as: R.self).problems(replacing: old?.decoded(as: R.self))
        }
    }

    /// The name of the kind's schema in OpenAPI documents: reversed group, version, kind.
    var schemaName: String {
        if type.group.isEmpty { return "io.k8s.api.core.\(type.version).\(type.kind)" }
        let group = type.group.split(separator: ".").reversed().joined(separator: ".")
        return "\(group).\(type.version).\(type.kind)"
    }
}

extension KindDefinition {
    /// Every kind that is served. Discovery lists the groups in this order, and `kubectl get leases` takes the first kind
    /// of that name: coordination comes before ours, as it does on a cluster.
    package static let all: [KindDefinition] = [
        coordinationLease, client, exporter, exporterAccessPolicy, lease, configMap, event, namespace, secret,
    ]

    private static let byType = Dictionary(all.map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })

    /// The kind with that plural, such as `leases` of `jumpstarter.dev`.
    static func find(group: String, version: String, plural: String) -> KindDefinition? {
        all.first { $0.type.group == group && $0.type.version == version && $0.type.plural == plural }
    }

    package static func of(_ type: ResourceType) -> KindDefinition? { byType[type] }
}
