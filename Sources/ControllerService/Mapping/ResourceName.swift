package import Resources

/// Names of ClientService's resources: `namespaces/NS/leases/NAME` and the like.
package enum ResourceName {
    /// Why a text is not such a name.
    package struct Problem: Error, Hashable, CustomStringConvertible {
        package var description: String
    }

    /// Reads `namespaces/NS/COLLECTION/NAME`.
    /// - Throws: `Problem` naming the segment that is wrong.
    package static func parse(_ text: String, collection: String, field: String) throws(Problem) -> ObjectKey {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard segments.count == 4 else {
            throw problem(field, text, "has \(segments.count) segments", "namespaces/NAMESPACE/\(collection)/NAME")
        }
        try checkLiteral(segments[0], "namespaces", 1, text, field)
        try checkNamespace(segments[1], text, field)
        try checkLiteral(segments[2], collection, 3, text, field)
        if let wrong = LabelSyntax.problem(withSubdomain: segments[3]) {
            throw Problem(description: "\(field): segment 4 of \"\(text)\" (the name) \(wrong)")
        }
        return ObjectKey(namespace: segments[1], name: segments[3])
    }

    /// Reads a parent, `namespaces/NS`; answers the namespace.
    /// - Throws: `Problem` naming the segment that is wrong.
    package static func parseParent(_ text: String, field: String = "parent") throws(Problem) -> String {
        let segments = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard segments.count == 2 else {
            throw problem(field, text, "has \(segments.count) segments", "namespaces/NAMESPACE")
        }
        try checkLiteral(segments[0], "namespaces", 1, text, field)
        try checkNamespace(segments[1], text, field)
        return segments[1]
    }

    /// The name of an object.
    package static func format(_ key: ObjectKey, collection: String) -> String {
        "namespaces/\(key.namespace)/\(collection)/\(key.name)"
    }

    private static func checkLiteral(
        _ segment: String,
        _ expected: String,
        _ position: Int,
        _ text: String,
        _ field: String
    ) throws(Problem) {
        if segment == expected { return }
        throw Problem(
            description: "\(field): segment \(position) of \"\(text)\" is \"\(segment)\", expected \"\(expected)\""
        )
    }

    private static func checkNamespace(_ segment: String, _ text: String, _ field: String) throws(Problem) {
        guard let wrong = LabelSyntax.problem(withDNSLabel: segment) else { return }
        throw Problem(description: "\(field): segment 2 of \"\(text)\" (the namespace) \(wrong)")
    }

    private static func problem(_ field: String, _ text: String, _ what: String, _ form: String) -> Problem {
        Problem(description: "\(field): \"\(text.prefix(300))\" \(what), expected \(form)")
    }
}
