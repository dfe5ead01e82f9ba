import ObjectStore
import Resources

/// Whether an object is as a write, whose answer was lost, wanted it.
enum Comparison {
    /// Whether a PUT of `sent` would change nothing. Strict: a member that we removed must be gone, else somebody else's
    /// claim could pass for our release.
    static func isEqual(_ found: UnstructuredObject, _ sent: UnstructuredObject, _ subresource: Subresource) -> Bool {
        if let uid = sent.metadata.uid, uid != found.metadata.uid { return false }
        if subresource == .status, sent.type.hasStatusSubresource {
            return found.content["status"] ?? [:] == sent.content["status"] ?? [:]
        }
        return content(found) == content(sent) && found.metadata.labels == sent.metadata.labels
            && found.metadata.annotations == sent.metadata.annotations
            && found.metadata.ownerReferences == sent.metadata.ownerReferences
            && found.metadata.finalizers == sent.metadata.finalizers
    }

    /// Whether everything that was sent is there; the server may have added defaults.
    static func holds(_ found: UnstructuredObject, whatWasCreated sent: UnstructuredObject) -> Bool {
        found.metadata.deletionTimestamp == nil
            && holds(.object(content(found)), .object(content(sent)))
            && sent.metadata.labels.allSatisfy { found.metadata.labels[$0.key] == $0.value }
            && sent.metadata.annotations.allSatisfy { found.metadata.annotations[$0.key] == $0.value }
            && found.metadata.ownerReferences == sent.metadata.ownerReferences
    }

    private static func content(_ object: UnstructuredObject) -> [String: JSONValue] {
        var content = object.content
        if object.type.hasStatusSubresource { content["status"] = nil }
        return content
    }

    private static func holds(_ found: JSONValue, _ sent: JSONValue) -> Bool {
        guard case .object(let members) = sent, let others = found.objectValue else { return found == sent }
        return members.allSatisfy { name, value in
            value == .null || (others[name].map { holds($0, value) } ?? (value == [:]))
        }
    }
}
