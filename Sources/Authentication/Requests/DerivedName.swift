/// The name of the object that belongs to a user of an external issuer.
///
/// Two users may give one name; that is harmless, because authorization compares the whole user name with the
/// object's `spec.username`.
package enum DerivedName {
    /// Longest name, in characters.
    package static let maximumLength = 63

    /// Derives the name: the provider's prefix (up to the first colon) is dropped, letters become lower-case, every
    /// character outside `[-a-z0-9]` becomes a hyphen, runs of hyphens become one, none is left at either end, and
    /// the name is cut to ``maximumLength``.
    ///
    /// - Returns: a DNS-1123 label, or nil when nothing of the user name is left.
    package static func derive(fromUserName userName: String) -> String? {
        let scalars = userName.unicodeScalars
        let withoutPrefix = scalars.firstIndex(of: ":").map { scalars[scalars.index(after: $0)...] } ?? scalars[...]
        var name = String.UnicodeScalarView()
        for scalar in withoutPrefix.lazy.flatMap({ $0.properties.lowercaseMapping.unicodeScalars }) {
            guard name.count < maximumLength else { break }
            if isKept(scalar) {
                name.append(scalar)
            } else if let last = name.last, last != "-" {
                name.append("-")
            }
        }
        if name.last == "-" { name.removeLast() }
        return name.isEmpty ? nil : String(name)
    }

    private static func isKept(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
    }
}
