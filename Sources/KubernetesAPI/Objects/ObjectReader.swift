import Foundation
import ObjectStore
import Resources

/// Turns the tree of a request into an object of its kind, ready for the rules of validation.
struct ObjectReader {
    let kind: KindDefinition
    let fieldValidation: FieldValidation
    /// Sentences for `Warning` headers.
    private(set) var warnings: [String] = []

    init(_ kind: KindDefinition, _ fieldValidation: FieldValidation) {
        self.kind = kind
        self.fieldValidation = fieldValidation
    }

    /// Where the object must live by the path of the request.
    struct Place {
        var namespace: String?
        /// Nil on creation: the object says its name.
        var name: String?
    }

    /// - Throws: `APIStatus` 400 for the wrong kind, place or unknown members, 422 for values of the wrong type.
    mutating func read(_ value: JSONValue, at place: Place) throws(APIStatus) -> UnstructuredObject {
        guard var members = value.objectValue else {
            throw .badRequest("the body of the request is of type \(value.typeName); an object was expected")
        }
        try checkKind(members)
        Self.dropManagedFields(&members)
        var reader = SchemaReader()
        let pruned = reader.read(.object(members), by: kind.schema)
        try note(unknown: reader.unknownFields)
        let name = Self.name(in: pruned) ?? place.name ?? ""
        if !reader.problems.isEmpty { throw .invalid(kind.type, name: name, reader.problems) }
        var object = try decode(pruned)
        try put(&object, at: place)
        return object
    }

    private func checkKind(_ members: [String: JSONValue]) throws(APIStatus) {
        for (field, expected) in [("apiVersion", kind.type.apiVersion), ("kind", kind.type.kind)] {
            guard let given = members[field], given != .string(expected), given != .null else { continue }
            let shown = given.cellText
            throw .badRequest("\(field) of the object is \"\(shown)\"; this path takes \"\(expected)\"")
        }
    }

    /// Field ownership is not kept; what a client sends back of it is not worth a warning.
    private static func dropManagedFields(_ members: inout [String: JSONValue]) {
        guard var metadata = members["metadata"]?.objectValue else { return }
        guard metadata.removeValue(forKey: "managedFields") != nil else { return }
        members["metadata"] = .object(metadata)
    }

    private static func name(in value: JSONValue) -> String? {
        value["metadata"]?["name"]?.stringValue
    }

    private mutating func note(unknown fields: [String]) throws(APIStatus) {
        guard !fields.isEmpty else { return }
        let texts = fields.sorted().map { "unknown field \"\($0)\"" }
        switch fieldValidation {
        case .ignore: return
        case .warn: warnings += texts
        case .strict:
            let type = kind.type
            throw .badRequest(
                "\(type.kind) in version \"\(type.version)\" cannot be handled as a \(type.kind): "
                    + "strict decoding error: \(texts.joined(separator: ", "))"
            )
        }
    }

    private func decode(_ value: JSONValue) throws(APIStatus) -> UnstructuredObject {
        do {
            var object = try UnstructuredObject(type: kind.type, value: value)
            if kind.type == .secrets { DataMap.foldStringData(&object) }
            return object
        } catch {
            throw .badRequest("the object's metadata cannot be read: \(error)")
        }
    }

    private func put(_ object: inout UnstructuredObject, at place: Place) throws(APIStatus) {
        if let name = place.name {
            if object.metadata.name.isEmpty { object.metadata.name = name }
            if object.metadata.name != name {
                let given = object.metadata.name
                throw .badRequest("the name of the object (\(given)) does not match the name on the URL (\(name))")
            }
        }
        let given = object.metadata.namespace ?? ""
        if let namespace = place.namespace, !given.isEmpty, given != namespace {
            throw .badRequest(
                "the namespace of the provided object (\(given)) does not match the namespace sent on the request "
                    + "(\(namespace))"
            )
        }
        object.metadata.namespace = place.namespace
    }
}
