import ObjectStore
import Resources

/// The paths and queries of the Kubernetes API. Source: Kubernetes documentation, "Kubernetes API Concepts".
enum APIPath {
    static func collection(_ type: ResourceType, _ namespace: String?) -> String {
        let root = type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.group)/\(type.version)"
        guard type.isNamespaced, let namespace, !namespace.isEmpty else { return "\(root)/\(type.plural)" }
        return "\(root)/namespaces/\(escaped(namespace))/\(type.plural)"
    }

    static func object(_ type: ResourceType, _ key: ObjectKey, _ subresource: Subresource = .main) -> String {
        let path = "\(collection(type, key.namespace))/\(escaped(key.name))"
        return subresource == .status && type.hasStatusSubresource ? "\(path)/status" : path
    }

    static func query(_ parameters: [(String, String)]) -> String {
        parameters.isEmpty ? "" : "?" + parameters.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }

    static func selectors(_ labels: LabelSelector, _ fields: FieldSelector) -> [(String, String)] {
        var parameters: [(String, String)] = []
        let text = labels.description
        if !text.isEmpty { parameters.append(("labelSelector", text)) }
        if !fields.isEmpty {
            let parts = fields.requirements.map { "\($0.path)\($0.isEqual ? "=" : "!=")\(escapedValue($0.value))" }
            parameters.append(("fieldSelector", parts.joined(separator: ",")))
        }
        return parameters
    }

    /// Field selectors escape their separators with a backslash (`fields.EscapeValue`).
    private static func escapedValue(_ value: String) -> String {
        var result = ""
        for character in value {
            if "\\,=".contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)

    /// RFC 3986: everything but the unreserved characters as %XX.
    static func escaped(_ text: String) -> String {
        if text.utf8.allSatisfy(isUnreserved) { return text }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
