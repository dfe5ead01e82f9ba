import Yams

/// Reads the keys of a map one by one and reports those that nobody asked for.
struct ObjectReader {
    private let value: ConfigurationValue
    private let mapping: Node.Mapping?
    private var known: [String] = []
    private var refused: Set<String> = []

    init(value: ConfigurationValue, mapping: Node.Mapping?) {
        self.value = value
        self.mapping = mapping
    }

    /// The value of a key, absent or not.
    mutating func read(_ key: String) -> ConfigurationValue {
        known.append(key)
        let path = value.path.isEmpty ? key : "\(value.path).\(key)"
        return ConfigurationValue(node: mapping?[key], path: path, issues: value.issues)
    }

    /// A key that others know and we do not support: refused when present, so that nobody believes it has an effect.
    mutating func refuse(_ key: String) {
        refused.insert(key)
        let path = value.path.isEmpty ? key : "\(value.path).\(key)"
        let found = ConfigurationValue(node: mapping?[key], path: path, issues: value.issues)
        if !found.isAbsent { found.report("is not supported by this service: remove it") }
    }

    /// Reports the keys that were neither read nor refused. To be called last.
    func finish() {
        guard let mapping else { return }
        for (key, node) in mapping {
            let name = key.scalar?.string ?? "?"
            guard !known.contains(name), !refused.contains(name) else { continue }
            let path = value.path.isEmpty ? name : "\(value.path).\(name)"
            value.issues.report(path, line: key.mark?.line ?? node.mark?.line, message(unknown: name))
        }
    }

    private func message(unknown name: String) -> String {
        if let meant = known.first(where: { $0.lowercased() == name.lowercased() }) {
            return "unknown key; did you mean \(meant)?"
        }
        return "unknown key; accepted: \(known.joined(separator: ", "))"
    }
}
