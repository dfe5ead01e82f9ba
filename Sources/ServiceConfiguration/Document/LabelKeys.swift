/// The sections that list label keys.
enum LabelKeys {
    /// `{keys: [KEY, ...]}`.
    static func list(_ value: ConfigurationValue) -> [String] {
        var object = value.object()
        defer { object.finish() }
        return object.read("keys").list().compactMap { entry in
            let key = entry.string()
            guard LabelRule.isKey(key) else {
                entry.report("\"\(key)\" is no label key; accepted: \(LabelRule.keyRule)")
                return nil
            }
            return key
        }
    }

    /// `{keys: {KEY: MESSAGE, ...}}`.
    static func messages(_ value: ConfigurationValue) -> [String: String] {
        var object = value.object()
        defer { object.finish() }
        var messages: [String: String] = [:]
        for (key, message) in object.read("keys").entries() {
            if !LabelRule.isKey(key) { message.report("is no label key; accepted: \(LabelRule.keyRule)") }
            messages[key] = message.string()
        }
        return messages
    }
}
