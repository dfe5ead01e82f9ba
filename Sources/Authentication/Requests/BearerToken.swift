/// The token of an `authorization: Bearer TOKEN` header. Its description never shows it.
package struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The compact token. A secret: never log it.
    package let text: String

    /// Wraps a token obtained elsewhere, such as one read from a Secret.
    package init(_ text: String) {
        self.text = text
    }

    /// Reads the header from a request's metadata.
    ///
    /// - Parameter values: all values of a (lower-case) metadata key.
    /// - Throws: `missingAuthorization`, `repeatedAuthorization` or `malformedAuthorization`.
    package init(from values: (String) -> [String]) throws(AuthenticationError) {
        let headers = values(MetadataKey.authorization)
        guard let header = headers.first else { throw .missingAuthorization }
        guard headers.count == 1 else { throw .repeatedAuthorization(count: headers.count) }
        // RFC 7235: the scheme's case does not matter; RFC 6750: one or more spaces, then the token.
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { throw .malformedAuthorization }
        text = String(parts[1])
    }

    package var description: String { "<token>" }

    package var debugDescription: String { description }

    package var customMirror: Mirror { Mirror(self, children: []) }
}
