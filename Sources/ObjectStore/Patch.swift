package import Resources

/// A change to an object in one of the forms of the Kubernetes API.
package enum Patch: Sendable, Hashable {
    /// RFC 7386: members replace, null removes.
    case merge(JSONValue)
    /// RFC 6902: a list of operations.
    case json([JSONPatchOperation])
}
