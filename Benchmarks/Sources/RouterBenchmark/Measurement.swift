import Foundation

/// What was measured: a line for people, or an object of JSON for a script.
struct Measurement: Codable, CustomStringConvertible {
    let name: String
    private(set) var values: [String: Double]
    private var order: [String]

    init(_ name: String, _ parameters: KeyValuePairs<String, Double>) {
        self.name = name
        values = Dictionary(uniqueKeysWithValues: parameters.map { ($0, $1) })
        order = parameters.map(\.key)
    }

    subscript(key: String) -> Double? {
        get { values[key] }
        set {
            if values[key] == nil { order.append(key) }
            values[key] = newValue
        }
    }

    var description: String {
        ([name] + order.map { "\($0) \(rounded(values[$0] ?? 0))" }).joined(separator: "  ")
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(["name": name]).dropLast(), as: UTF8.self) + ","
            + String(decoding: try encoder.encode(values).dropFirst(), as: UTF8.self)
    }

    private func rounded(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String((value * 100).rounded() / 100)
    }
}
