import Resources

/// Strategic merge patch: a merge patch whose lists are merged by key where the schema says so, steered by directives.
/// Source: "Strategic Merge Patch" in the notes of the Kubernetes community (sig-api-machinery).
///
/// | directive | where | effect |
/// |---|---|---|
/// | `$patch: replace` | object, or element of a list | what is beside it replaces the whole |
/// | `$patch: delete` | object, or element of a keyed list | the object, or the element of that key, is removed |
/// | `$patch: merge` | object | the default |
/// | `$retainKeys: [...]` | object | members that it does not name are removed |
/// | `$deleteFromPrimitiveList/FIELD: [...]` | beside a list of words | the words are removed |
/// | `$setElementOrder/FIELD: [...]` | beside a list | the order of the result |
struct StrategicMergePatch {
    private let schema: Schema

    init(schema: Schema) { self.schema = schema }

    /// - Throws: `APIStatus` 400 for a directive that is not known or not well formed.
    func apply(_ patch: JSONValue, to target: JSONValue) throws(APIStatus) -> JSONValue {
        guard let members = patch.objectValue else {
            throw .badRequest("a strategic merge patch is an object; the body is of type \(patch.typeName)")
        }
        return try merge(members, into: target, schema, at: "") ?? [:]
    }

    /// Nil means: remove.
    private func merge(
        _ patch: [String: JSONValue],
        into target: JSONValue?,
        _ schema: Schema?,
        at path: String
    ) throws(APIStatus) -> JSONValue? {
        var changes = patch
        switch changes.removeValue(forKey: "$patch") {
        case nil, "merge": break
        case "replace": return .object(changes)
        case "delete": return nil
        case .some(let other): throw unknown("$patch", other, at: path)
        }
        var members = target?.objectValue ?? [:]
        try retainKeys(&changes, in: &members, at: path)
        let orders = try take("$setElementOrder/", from: &changes, at: path)
        let removals = try take("$deleteFromPrimitiveList/", from: &changes, at: path)
        for (field, words) in removals {
            guard let present = members[field]?.arrayValue else { continue }
            members[field] = .array(present.filter { !words.contains($0) })
        }
        for (name, change) in changes {
            if name.hasPrefix("$") { throw unknown(name, change, at: path) }
            members[name] = try merged(change, into: members[name], schema?.property(name), at: join(path, name))
        }
        for (field, order) in orders {
            guard let present = members[field]?.arrayValue else { continue }
            members[field] = .array(Self.sort(present, by: order, key: schema?.property(field)?.mergeKey))
        }
        return .object(members)
    }

    private func merged(
        _ change: JSONValue,
        into target: JSONValue?,
        _ schema: Schema?,
        at path: String
    ) throws(APIStatus) -> JSONValue? {
        switch change {
        case .null: return nil
        case .object(let members): return try merge(members, into: target, schema, at: path)
        case .array(let elements):
            guard case .list(let element, let type)? = schema?.listShape else { return change }
            let present = target?.arrayValue ?? []
            switch type {
            case .atomic: return change
            case .set: return .array(present + elements.filter { !present.contains($0) })
            case .map(let key):
                return .array(try merge(elements, into: present, by: key, element, at: path))
            }
        default: return change
        }
    }

    private func merge(
        _ changes: [JSONValue],
        into present: [JSONValue],
        by key: String,
        _ schema: Schema,
        at path: String
    ) throws(APIStatus) -> [JSONValue] {
        if changes.contains(where: { $0["$patch"] == "replace" }) {
            return changes.filter { $0["$patch"] == nil }
        }
        var result = present
        for change in changes {
            guard let members = change.objectValue, let identity = members[key] else {
                throw .badRequest("strategic merge patch: an element of \(path) has no \"\(key)\" to merge by")
            }
            let index = result.firstIndex { $0[key] == identity }
            let merged = try merge(members, into: index.map { result[$0] }, schema, at: path)
            switch (index, merged) {
            case (let index?, let merged?): result[index] = merged
            case (let index?, nil): result.remove(at: index)
            case (nil, let merged?): result.append(merged)
            case (nil, nil): break
            }
        }
        return result
    }

    private func retainKeys(
        _ changes: inout [String: JSONValue],
        in members: inout [String: JSONValue],
        at path: String
    ) throws(APIStatus) {
        guard let directive = changes.removeValue(forKey: "$retainKeys") else { return }
        guard let names = directive.arrayValue?.compactMap(\.stringValue) else {
            throw unknown("$retainKeys", directive, at: path)
        }
        members = members.filter { names.contains($0.key) }
    }

    private func take(
        _ prefix: String,
        from changes: inout [String: JSONValue],
        at path: String
    ) throws(APIStatus) -> [(field: String, elements: [JSONValue])] {
        var found: [(field: String, elements: [JSONValue])] = []
        for name in changes.keys.sorted() where name.hasPrefix(prefix) {
            guard let value = changes.removeValue(forKey: name), let elements = value.arrayValue else {
                throw .badRequest("strategic merge patch: \(join(path, name)) must be a list")
            }
            found.append((String(name.dropFirst(prefix.count)), elements))
        }
        return found
    }

    /// The elements that the order names first, in its order; the others keep theirs and follow.
    private static func sort(_ elements: [JSONValue], by order: [JSONValue], key: String?) -> [JSONValue] {
        func rank(_ element: JSONValue) -> Int {
            let index = order.firstIndex { entry in
                key.map { entry[$0] == element[$0] } ?? (entry == element)
            }
            return index ?? order.count
        }
        return elements.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
            .map(\.element)
    }

    private func unknown(_ directive: String, _ value: JSONValue, at path: String) -> APIStatus {
        .badRequest("strategic merge patch: \(join(path, directive)) = \(value.cellText) is not supported")
    }

    private func join(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
}

extension Schema {
    /// The schema of a member.
    fileprivate func property(_ name: String) -> Schema? {
        switch shape {
        case .object(let properties), .objectMeta(let properties): properties.first { $0.name == name }?.schema
        case .map(let element): element
        default: nil
        }
    }

    fileprivate var listShape: Shape? {
        if case .list = shape { shape } else { nil }
    }

    /// The member that tells the elements of this list apart.
    fileprivate var mergeKey: String? {
        if case .list(_, .map(let key)) = shape { key } else { nil }
    }
}
