import ObjectStore
import Resources

/// The selectors of a list, watch or deletion of many.
struct Selection: Sendable {
    var labels: LabelSelector
    var fields: FieldSelector

    /// - Throws: `APIStatus` 400 for a syntax error or a field that the kind does not select by.
    init(_ query: QueryParameters, _ kind: KindDefinition) throws(APIStatus) {
        do throws(LabelSelector.ParseError) {
            labels = try LabelSelector(parsing: query["labelSelector"] ?? "")
        } catch {
            throw .badRequest("unable to parse labelSelector: \(error)")
        }
        do throws(StoreError) {
            fields = try FieldSelector(parsing: query["fieldSelector"] ?? "")
        } catch {
            throw APIStatus(error)
        }
        for requirement in fields.requirements {
            let path = requirement.path
            if path == "metadata.name" || kind.selectableFields.contains(path) { continue }
            if path == "metadata.namespace" && kind.type.isNamespaced { continue }
            throw .badRequest("field label not supported: \(path)")
        }
    }

    /// Adds what the path itself selects: a name.
    mutating func narrow(toName name: String) {
        fields.requirements.append(FieldSelector.Requirement(path: "metadata.name", value: name))
    }
}

/// The resource version of a request for a list or watch, and what it shall mean.
struct VersionQuery: Sendable {
    enum Match: String {
        case exact = "Exact"
        case notOlderThan = "NotOlderThan"
    }

    /// Nil when none is given, and for `0`: any state will do.
    var version: UInt64?
    var match: Match?
    /// True for `0`.
    var isAny: Bool

    /// - Throws: `APIStatus` 400 for what is not a version, and for a match without one.
    init(_ query: QueryParameters) throws(APIStatus) {
        let text = query["resourceVersion"]
        isAny = text == "0"
        if let text {
            guard let number = UInt64(text) else {
                throw .badRequest("resourceVersion: Invalid value: \"\(text)\": it must be a whole number")
            }
            version = number == 0 ? nil : number
        }
        if let word = query["resourceVersionMatch"] {
            guard let value = Match(rawValue: word) else {
                throw .badRequest("resourceVersionMatch=\"\(word)\" is not supported; expected Exact or NotOlderThan")
            }
            match = value
        }
    }

    /// Whether a list of that version is what was asked for.
    /// - Throws: `APIStatus` 410 for a state that is no longer the present one, 504 for one that is not there yet.
    func check(listed: String) throws(APIStatus) {
        guard let version, let present = UInt64(listed) else { return }
        if version > present {
            throw APIStatus(
                code: 504,
                reason: "Timeout",
                message: "Too large resource version: \(version), current: \(present)"
            )
        }
        if match == .exact && version < present {
            throw APIStatus(
                code: 410,
                reason: "Expired",
                message: "The resource version \(version) is too old: only the present state (\(present)) can be listed"
            )
        }
    }
}
