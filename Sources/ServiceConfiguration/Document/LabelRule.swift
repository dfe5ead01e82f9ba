/// Kubernetes' rules for labels.
enum LabelRule {
    static let keyRule = "[PREFIX/]NAME, the prefix a DNS name, the name of letters, digits, '-', '_' and '.'"
    static let valueRule = "at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends"

    static func isKey(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        switch parts.count {
        case 1: return isName(parts[0])
        case 2: return isPrefix(parts[0]) && isName(parts[1])
        default: return false
        }
    }

    static func isValue(_ text: String) -> Bool {
        text.isEmpty || isName(text[...])
    }

    private static func isName(_ text: Substring) -> Bool {
        text.utf8.count <= 63 && text.wholeMatch(of: /[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?/) != nil
    }

    private static func isPrefix(_ text: Substring) -> Bool {
        text.utf8.count <= 253
            && text.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/) != nil
    }
}
