import ArgumentParser

/// `[address]:port` as Go programs take it: without an address, every one.
struct BindAddress {
    /// Nil for every address.
    let host: String?
    let port: Int

    /// - Throws: `ValidationError` that names the option.
    init(option: String, _ text: String) throws {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else {
            throw ValidationError("\(option) \(text): expected [address]:port, such as :8080")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        self.host = host.isEmpty ? nil : host
        self.port = port
    }
}
