/// The rules of Kubernetes for names of namespaces and objects (RFC 1123).
package enum DNS1123 {
    /// The rule of a label, for messages.
    package static let labelRule =
        "lower-case letters, digits and hyphens, beginning and ending with a letter or digit, at most 63 characters"
    /// The rule of a subdomain, for messages.
    package static let subdomainRule =
        "lower-case letters, digits, hyphens and dots, each part beginning and ending with a letter or digit, "
        + "at most 253 characters"

    /// Whether a text is a valid label: the name of a namespace.
    package static func isLabel(_ text: String) -> Bool {
        text.utf8.count <= 63 && isPart(text.utf8[...])
    }

    /// Whether a text is a valid subdomain: the name of an object.
    package static func isSubdomain(_ text: String) -> Bool {
        text.utf8.count <= 253
            && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isPart)
    }

    private static func isPart(_ text: Substring.UTF8View) -> Bool {
        guard let first = text.first, let last = text.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && text.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
