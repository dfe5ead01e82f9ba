/// Metadata to and from a tree directly: the same as through `Codable`, without printing and parsing a text between.
extension ObjectMeta {
    /// - Throws: `DecodingError` naming the member that does not fit.
    init(jsonValue: JSONValue) throws {
        let reader = try MemberReader(jsonValue, path: ["metadata"])
        self.init(name: try reader.string("name") ?? "", namespace: try reader.string("namespace"))
        generateName = try reader.string("generateName")
        uid = try reader.string("uid")
        resourceVersion = try reader.string("resourceVersion")
        generation = try reader.integer("generation")
        creationTimestamp = try reader.timestamp("creationTimestamp")
        deletionTimestamp = try reader.timestamp("deletionTimestamp")
        labels = try reader.strings("labels")
        annotations = try reader.strings("annotations")
        ownerReferences = try reader.list("ownerReferences", OwnerReference.init(reader:))
        finalizers = try reader.stringList("finalizers")
    }

    var jsonValue: JSONValue {
        var members: [String: JSONValue] = [:]
        if !name.isEmpty { members["name"] = .string(name) }
        members["namespace"] = namespace.map(JSONValue.string)
        members["generateName"] = generateName.map(JSONValue.string)
        members["uid"] = uid.map(JSONValue.string)
        members["resourceVersion"] = resourceVersion.map(JSONValue.string)
        members["generation"] = generation.map(JSONValue.integer)
        members["creationTimestamp"] = creationTimestamp.map { .string($0.description) }
        members["deletionTimestamp"] = deletionTimestamp.map { .string($0.description) }
        if !labels.isEmpty { members["labels"] = .object(labels.mapValues(JSONValue.string)) }
        if !annotations.isEmpty { members["annotations"] = .object(annotations.mapValues(JSONValue.string)) }
        if !ownerReferences.isEmpty { members["ownerReferences"] = .array(ownerReferences.map(\.jsonValue)) }
        if !finalizers.isEmpty { members["finalizers"] = .array(finalizers.map(JSONValue.string)) }
        return .object(members)
    }
}

extension OwnerReference {
    fileprivate init(reader: MemberReader) throws {
        self.init(
            apiVersion: try reader.required("apiVersion"),
            kind: try reader.required("kind"),
            name: try reader.required("name"),
            uid: try reader.required("uid"),
            controller: try reader.bool("controller")
        )
        blockOwnerDeletion = try reader.bool("blockOwnerDeletion")
    }

    fileprivate var jsonValue: JSONValue {
        var members: [String: JSONValue] = [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
        ]
        members["controller"] = controller.map(JSONValue.bool)
        members["blockOwnerDeletion"] = blockOwnerDeletion.map(JSONValue.bool)
        return .object(members)
    }
}

/// Typed access to the members of an object; null counts as absent.
private struct MemberReader {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let members: [String: JSONValue]
    private let path: [String]

    init(_ value: JSONValue, path: [String]) throws {
        guard let members = value.objectValue else { throw Self.mismatch(path, "an object") }
        self.members = members
        self.path = path
    }

    func string(_ name: String) throws -> String? { try member(name, "a string", \.stringValue) }
    func integer(_ name: String) throws -> Int64? { try member(name, "a whole number", \.integerValue) }
    func bool(_ name: String) throws -> Bool? { try member(name, "true or false", \.boolValue) }

    func required(_ name: String) throws -> String {
        guard let text = try string(name) else { throw Self.mismatch(path + [name], "a string") }
        return text
    }

    func timestamp(_ name: String) throws -> Timestamp? {
        guard let text = try string(name) else { return nil }
        guard let timestamp = Timestamp(rfc3339: text) else {
            throw Self.mismatch(path + [name], "a time in RFC 3339 such as 2026-01-31T08:00:00Z")
        }
        return timestamp
    }

    func strings(_ name: String) throws -> [String: String] {
        guard let members = try member(name, "an object", \.objectValue) else { return [:] }
        return try Dictionary(
            uniqueKeysWithValues: members.map { key, value in
                guard let text = value.stringValue else { throw Self.mismatch(path + [name, key], "a string") }
                return (key, text)
            }
        )
    }

    func stringList(_ name: String) throws -> [String] {
        try (member(name, "a list", \.arrayValue) ?? []).map { value in
            guard let text = value.stringValue else { throw Self.mismatch(path + [name], "a list of strings") }
            return text
        }
    }

    func list<Element>(_ name: String, _ make: (MemberReader) throws -> Element) throws -> [Element] {
        try (member(name, "a list", \.arrayValue) ?? []).enumerated().map { index, value in
            try make(MemberReader(value, path: path + [name, String(index)]))
        }
    }

    private func member<Value>(
        _ name: String,
        _ expected: String,
        _ read: (JSONValue) -> Value?
    ) throws -> Value? {
        guard let value = members[name], value != .null else { return nil }
        guard let result = read(value) else { throw Self.mismatch(path + [name], expected) }
        return result
    }

    private static func mismatch(_ path: [String], _ expected: String) -> DecodingError {
        DecodingError.dataCorrupted(
            DecodingError.Context(
                codingPath: path.map(Key.init(stringValue:)),
                debugDescription: "\(path.joined(separator: ".")) must be \(expected)"
            )
        )
    }
}
