/// Names made from `metadata.generateName`, as Kubernetes makes them: the prefix and five random characters.
enum GeneratedName {
    /// Without vowels and look-alikes, so that no words appear.
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    private static let suffixLength = 5
    /// Kubernetes keeps generated names within a DNS label.
    private static let maximumLength = 63
    /// How many names are tried before a create is answered `alreadyExists`.
    static let attempts = 8

    static func name(prefix: String, randomNumber: () -> UInt64) -> String {
        let suffix = (0..<suffixLength).map { _ in alphabet[Int(randomNumber() % UInt64(alphabet.count))] }
        return prefix.prefix(maximumLength - suffixLength) + String(suffix)
    }
}
