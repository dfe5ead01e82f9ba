import Foundation

/// The query of a request; of a name that comes twice, the first value counts, as in Kubernetes.
package struct QueryParameters: Sendable, Hashable {
    private var values: [String: [String]] = [:]

    package init(_ values: [String: String] = [:]) { self.values = values.mapValues { [$0] } }

    /// Parses `a=b&c=d`; nil when an escape is malformed.
    package init?(parsing text: String) {
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.decode)
            guard let name = pair[0], let value = pair.count > 1 ? pair[1] : "" else { return nil }
            values[name, default: []].append(value)
        }
    }

    /// The first value of that name; nil when it is absent or empty, which Kubernetes treats alike.
    package subscript(name: String) -> String? {
        guard let value = values[name]?.first, !value.isEmpty else { return nil }
        return value
    }

    package func all(_ name: String) -> [String] { values[name] ?? [] }

    /// The boolean of that name: `true`, `1`, or a name without a value; absent is nil.
    /// - Throws: `APIStatus` 400 for any other text.
    package func flag(_ name: String) throws(APIStatus) -> Bool? {
        guard let value = values[name]?.first else { return nil }
        switch value {
        case "", "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default: throw .badRequest("query parameter \(name)=\"\(value)\" is not a boolean; expected true or false")
        }
    }

    /// The number of that name.
    /// - Throws: `APIStatus` 400 when it is not a whole number of at least 0.
    package func count(_ name: String) throws(APIStatus) -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), value >= 0 else {
            throw .badRequest("query parameter \(name)=\"\(text)\" is not a whole number of at least 0")
        }
        return value
    }

    private static func decode(_ text: Substring) -> String? {
        text.replacing("+", with: " ").removingPercentEncoding
    }
}
