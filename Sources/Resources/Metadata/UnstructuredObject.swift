package import Foundation

/// An object as the store keeps it: a JSON tree with `apiVersion`, `kind` and `metadata`.
package struct UnstructuredObject: Sendable, Hashable {
    /// The kind of the object; `apiVersion` and `kind` in the tree always agree with it.
    package let type: ResourceType
    /// The tree without `apiVersion`, `kind` and `metadata`.
    package var content: [String: JSONValue]
    package var metadata: ObjectMeta

    package init(type: ResourceType, metadata: ObjectMeta, content: [String: JSONValue] = [:]) {
        self.type = type
        self.metadata = metadata
        self.content = content
    }

    /// Reads a whole object from its tree.
    /// - Throws: `DecodingError` when metadata has the wrong shape.
    package init(type: ResourceType, value: JSONValue) throws {
        var members = value.objectValue ?? [:]
        let metadata = members.removeValue(forKey: "metadata") ?? .object([:])
        members.removeValue(forKey: "apiVersion")
        members.removeValue(forKey: "kind")
        self.type = type
        self.content = members
        self.metadata = try ObjectMeta(jsonValue: metadata)
    }

    /// Reads a whole object from JSON text.
    /// - Throws: `DecodingError`.
    package init(type: ResourceType, json: Data) throws {
        try self.init(type: type, value: JSONValue(json: json))
    }

    /// A typed object as a tree.
    /// - Throws: `EncodingError`.
    package init<R: Resource>(_ resource: R) throws {
        try self.init(type: R.resourceType, value: JSONValue(encoding: resource))
    }

    package var key: ObjectKey { ObjectKey(namespace: metadata.namespace ?? "", name: metadata.name) }

    /// The whole tree, `apiVersion`, `kind` and `metadata` included.
    /// - Throws: `EncodingError`.
    package func value() throws -> JSONValue {
        var members = content
        members["apiVersion"] = .string(type.apiVersion)
        members["kind"] = .string(type.kind)
        members["metadata"] = metadata.jsonValue
        return .object(members)
    }

    /// The object as JSON text with sorted keys.
    /// - Throws: `EncodingError`.
    package func jsonData() throws -> Data { try value().jsonData() }

    /// This object as one of our types.
    /// - Throws: `DecodingError` naming the path that does not fit.
    package func decoded<R: Resource>(as type: R.Type) throws -> R {
        try value().decoded(as: type)
    }
}
