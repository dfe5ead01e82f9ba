package import Resources

extension JSONPatchOperation {
    /// Reads a JSON Patch document: a list of operations (RFC 6902, section 4).
    /// - Throws: `StoreError.badRequest` naming the operation, by its index from 0, and what is wrong with it.
    package static func list(parsing document: JSONValue) throws(StoreError) -> [JSONPatchOperation] {
        guard let entries = document.arrayValue else {
            throw StoreError(.badRequest, "invalid JSON patch: expected a list of operations")
        }
        var operations: [JSONPatchOperation] = []
        for (index, entry) in entries.enumerated() {
            do {
                operations.append(try JSONPatchOperation(parsing: entry))
            } catch {
                throw StoreError(.badRequest, "invalid JSON patch: \(error.inOperation(index))")
            }
        }
        return operations
    }

    private init(parsing entry: JSONValue) throws(JSONPatchError) {
        guard case .object = entry else { throw JSONPatchError("expected an object with op and path") }
        let path = try Self.path("path", of: entry)
        switch try Self.text("op", of: entry) {
        case "add": self = .add(path: path, value: try Self.value(of: entry))
        case "remove": self = .remove(path: path)
        case "replace": self = .replace(path: path, value: try Self.value(of: entry))
        case "move": self = .move(from: try Self.path("from", of: entry), path: path)
        case "copy": self = .copy(from: try Self.path("from", of: entry), path: path)
        case "test": self = .test(path: path, value: try Self.value(of: entry))
        case let unknown:
            throw JSONPatchError("unknown op \"\(unknown)\"; expected add, remove, replace, move, copy or test")
        }
    }

    private static func text(_ member: String, of entry: JSONValue) throws(JSONPatchError) -> String {
        guard let text = entry[member]?.stringValue else {
            throw JSONPatchError("the member \(member) is missing or not a string")
        }
        return text
    }

    private static func path(_ member: String, of entry: JSONValue) throws(JSONPatchError) -> String {
        let path = try text(member, of: entry)
        _ = try JSONPointer(parsing: path)
        return path
    }

    private static func value(of entry: JSONValue) throws(JSONPatchError) -> JSONValue {
        guard let value = entry["value"] else { throw JSONPatchError("the member value is missing") }
        return value
    }
}
