import Resources

/// The `paths` of OpenAPI documents.
enum OpenAPIPaths {
    static func all(_ kinds: [KindDefinition], _ dialect: Schema.Dialect) -> [String: JSONValue] {
        var paths: [String: JSONValue] = [:]
        for kind in kinds {
            let base = base(kind.type)
            let collection = "\(base)/\(kind.type.plural)"
            if kind.type.isNamespaced {
                let inner = "\(base)/namespaces/{namespace}/\(kind.type.plural)"
                paths[collection] = ["get": operation(kind, "list", dialect)]
                add(kind, at: inner, dialect, to: &paths)
            } else {
                add(kind, at: collection, dialect, to: &paths)
            }
        }
        return paths
    }

    static func kind(_ type: ResourceType) -> JSONValue {
        ["group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind)]
    }

    private static func base(_ type: ResourceType) -> String {
        type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.group)/\(type.version)"
    }

    private static func add(
        _ kind: KindDefinition,
        at collection: String,
        _ dialect: Schema.Dialect,
        to paths: inout [String: JSONValue]
    ) {
        paths[collection] = [
            "get": operation(kind, "list", dialect), "post": operation(kind, "post", dialect),
            "delete": operation(kind, "deletecollection", dialect),
        ]
        let object: JSONValue = [
            "get": operation(kind, "get", dialect), "put": operation(kind, "put", dialect),
            "patch": operation(kind, "patch", dialect), "delete": operation(kind, "delete", dialect),
        ]
        paths["\(collection)/{name}"] = object
        guard kind.type.hasStatusSubresource else { return }
        paths["\(collection)/{name}/status"] = [
            "get": operation(kind, "get", dialect), "put": operation(kind, "put", dialect),
            "patch": operation(kind, "patch", dialect),
        ]
    }

    private static func operation(_ kind: KindDefinition, _ action: String, _ dialect: Schema.Dialect) -> JSONValue {
        let isList = action == "list" || action == "deletecollection"
        let answer = kind.schemaName + (isList ? "List" : "")
        return [
            "description": .string("\(action) objects of kind \(kind.type.kind)"),
            "parameters": .array(parameters(action).map { parameter($0, dialect) }),
            "responses": ["200": response(answer, dialect)],
            "x-kubernetes-action": .string(action),
            "x-kubernetes-group-version-kind": self.kind(kind.type),
        ]
    }

    private static func parameters(_ action: String) -> [String] {
        switch action {
        case "list", "deletecollection":
            [
                "labelSelector", "fieldSelector", "limit", "continue", "resourceVersion", "resourceVersionMatch",
                "watch",
                "timeoutSeconds", "allowWatchBookmarks", "sendInitialEvents",
            ]
        case "post", "put", "patch": ["dryRun", "fieldManager", "fieldValidation"]
        case "delete": ["dryRun", "propagationPolicy", "gracePeriodSeconds"]
        default: []
        }
    }

    private static func parameter(_ name: String, _ dialect: Schema.Dialect) -> JSONValue {
        let type: String =
            switch name {
            case "limit", "timeoutSeconds", "gracePeriodSeconds": "integer"
            case "watch", "allowWatchBookmarks", "sendInitialEvents": "boolean"
            default: "string"
            }
        var parameter: JSONValue = ["name": .string(name), "in": "query"]
        if dialect == .openAPI2 {
            parameter["type"] = .string(type)
        } else {
            parameter["schema"] = ["type": .string(type)]
        }
        return parameter
    }

    private static func response(_ schema: String, _ dialect: Schema.Dialect) -> JSONValue {
        let reference: JSONValue = ["$ref": .string(dialect.referencePrefix + schema)]
        if dialect == .openAPI2 { return ["description": "OK", "schema": reference] }
        return ["description": "OK", "content": ["application/json": ["schema": reference]]]
    }
}
