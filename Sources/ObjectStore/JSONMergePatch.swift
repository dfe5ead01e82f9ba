package import Resources

extension JSONValue {
    /// This document with a merge patch applied (RFC 7386): members of an object replace those of the same name, null
    /// removes, anything but an object replaces the whole.
    package func mergePatched(with patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var members = objectValue ?? [:]
        for (key, change) in changes {
            if change == .null {
                members.removeValue(forKey: key)
            } else {
                members[key] = (members[key] ?? .null).mergePatched(with: change)
            }
        }
        return .object(members)
    }
}
