package import Resources

/// One operation of a JSON Patch (RFC 6902).
package enum JSONPatchOperation: Sendable, Hashable {
    case add(path: String, value: JSONValue)
    case remove(path: String)
    case replace(path: String, value: JSONValue)
    case move(from: String, path: String)
    case copy(from: String, path: String)
    case test(path: String, value: JSONValue)
}
