/// A host and a port, as `host:port` or `[IPv6]:port`.
package struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// What is accepted, for messages.
    package static let rule = "HOST:PORT, or [IPv6]:PORT, without a scheme; the port from 1 to 65535"

    /// Name or address, without brackets.
    package let host: String
    /// From 1 to 65535.
    package let port: Int

    /// Wraps values already known to be valid.
    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads the text form; nil when it is not of that form.
    package init?(parsing text: String) {
        guard let colon = text.lastIndex(of: ":"), let host = Self.host(text[..<colon]) else { return nil }
        let digits = text[text.index(after: colon)...]
        guard digits.utf8.count <= 5, digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
            (1...65_535).contains(port)
        else { return nil }
        self.init(host: host, port: port)
    }

    /// The text form.
    package var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func host(_ text: Substring) -> String? {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let address = text.dropFirst().dropLast()
            return address.wholeMatch(of: /[0-9A-Fa-f:.]+(%[A-Za-z0-9]+)?/) != nil ? String(address) : nil
        }
        return text.wholeMatch(of: /[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9.])?/) != nil ? String(text) : nil
    }

    /// Nil for empty or absent text.
    static func optional(_ value: ConfigurationValue) -> HostPort? {
        let text = value.string()
        if text.isEmpty { return nil }
        let endpoint = HostPort(parsing: text)
        if endpoint == nil { value.report("\"\(text)\" is not an endpoint; accepted: \(rule)") }
        return endpoint
    }
}
