package import Resources

/// A query over fields of objects, `metadata.name=x,involvedObject.uid!=y`: every part must hold.
///
/// Source: Kubernetes documentation, "Field Selectors". Which fields a kind supports is for the API to check
/// (`metadata.name` and `metadata.namespace` for every kind; `involvedObject.*`, `reason`, `type` for events;
/// `type` for Secrets).
package struct FieldSelector: Sendable, Hashable {
    package struct Requirement: Sendable, Hashable {
        /// The path from the object's root, such as `metadata.name`.
        package var path: String
        package var value: String
        /// True for `=` and `==`, false for `!=`.
        package var isEqual: Bool

        package init(path: String, value: String, isEqual: Bool = true) {
            self.path = path
            self.value = value
            self.isEqual = isEqual
        }
    }

    package var requirements: [Requirement]

    package init(_ requirements: [Requirement] = []) { self.requirements = requirements }

    package var isEmpty: Bool { requirements.isEmpty }

    /// The name that `metadata.name=` asks for, when it does: stores answer such lists from an index.
    package var exactName: String? {
        requirements.first { $0.path == "metadata.name" && $0.isEqual }?.value
    }

    /// Whether the object satisfies every part; an absent field is the empty string.
    package func matches(_ object: UnstructuredObject) -> Bool {
        requirements.allSatisfy { requirement in
            (Self.value(of: requirement.path, in: object) == requirement.value) == requirement.isEqual
        }
    }

    private static func value(of path: String, in object: UnstructuredObject) -> String {
        switch path {
        case "metadata.name": object.metadata.name
        case "metadata.namespace": object.metadata.namespace ?? ""
        default:
            JSONValue.object(object.content)[path: path.split(separator: ".").map(String.init)]?.stringValue ?? ""
        }
    }
}

extension FieldSelector {
    /// Parses `a=b`, `a==b`, `a!=b`, joined by commas; the empty string selects everything.
    /// - Throws: `StoreError.badRequest` naming the part that is none of these.
    package init(parsing text: String) throws(StoreError) {
        var requirements: [Requirement] = []
        for part in text.split(separator: ",") {
            requirements.append(try Self.requirement(String(part)))
        }
        self.init(requirements)
    }

    private static func requirement(_ text: String) throws(StoreError) -> Requirement {
        for (symbol, isEqual) in [("!=", false), ("==", true), ("=", true)] {
            guard let range = text.firstRange(of: symbol) else { continue }
            let path = text[..<range.lowerBound].trimmingSpaces
            let value = text[range.upperBound...].trimmingSpaces
            if path.isEmpty { break }
            return Requirement(path: path, value: value, isEqual: isEqual)
        }
        throw StoreError(
            .badRequest,
            "invalid field selector \"\(text)\"; expected requirements such as metadata.name=x or metadata.name!=x"
        )
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var rest = self
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return String(rest)
    }
}
