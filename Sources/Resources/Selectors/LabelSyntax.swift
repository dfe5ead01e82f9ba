/// What Kubernetes accepts as label keys, label values and object names.
///
/// Source: Kubernetes documentation, "Labels and Selectors" (syntax and character set) and "Object Names and IDs".
package enum LabelSyntax {
    /// What is wrong with a label key (`[prefix/]name`), or nil when it is well formed.
    package static func problem(withKey key: String) -> String? {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count > 2 { return "label key \"\(key)\" has more than one slash" }
        if parts.count == 2 {
            if let problem = problem(withSubdomain: String(parts[0])) {
                return "the prefix of label key \"\(key)\" \(problem)"
            }
        }
        let name = parts[parts.count - 1]
        if !isName(name) {
            return "label key \"\(key)\" must have a name of 1 to 63 letters, digits, '-', '_' or '.', "
                + "beginning and ending with a letter or digit"
        }
        return nil
    }

    /// What is wrong with a label value, or nil when it is well formed. The empty value is.
    package static func problem(withValue value: String) -> String? {
        if value.isEmpty || isName(Substring(value)) { return nil }
        return "label value \"\(value)\" must be empty or at most 63 letters, digits, '-', '_' or '.', "
            + "beginning and ending with a letter or digit"
    }

    /// What is wrong with an object's name (RFC 1123 subdomain), or nil when it is well formed.
    package static func problem(withSubdomain name: String) -> String? {
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let wellFormed = !name.isEmpty && name.utf8.count <= 253 && labels.allSatisfy { isDNSLabel($0, maximum: 253) }
        if wellFormed { return nil }
        return "must be 1 to 253 lower-case letters, digits, '-' or '.', beginning and ending with a letter or digit "
            + "(RFC 1123 subdomain)"
    }

    /// What is wrong with a namespace's name (RFC 1123 label), or nil when it is well formed.
    package static func problem(withDNSLabel name: String) -> String? {
        if isDNSLabel(Substring(name).utf8, maximum: 63) { return nil }
        return "must be 1 to 63 lower-case letters, digits or '-', beginning and ending with a letter or digit "
            + "(RFC 1123 label)"
    }

    private static func isName(_ name: Substring) -> Bool {
        let bytes = name.utf8
        guard (1...63).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F || $0 == 0x2E }
    }

    private static func isDNSLabel(_ bytes: Substring.UTF8View, maximum: Int) -> Bool {
        guard (1...maximum).contains(bytes.count), let first = bytes.first, let last = bytes.last else { return false }
        return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
            && bytes.allSatisfy { isLowerAlphanumeric($0) || $0 == 0x2D }
    }

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerAlphanumeric(byte) || (0x41...0x5A).contains(byte)
    }
}
