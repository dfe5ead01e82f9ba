import Foundation
import Logging

/// All that one line is made of.
struct LogRecord {
    let date: Date
    let level: Logger.Level
    let message: String
    let label: String
    let source: String
    let error: String?
    /// Flattened and sorted by key.
    let metadata: [(key: String, value: FlatValue)]

    /// A value of metadata without dictionaries: those have become keys with dots.
    indirect enum FlatValue {
        case text(String)
        case list([FlatValue])
        case emptyObject
    }

    /// Turns nested dictionaries into keys with dots.
    static func flatten(_ metadata: Logger.Metadata) -> [(key: String, value: FlatValue)] {
        var flat: [(key: String, value: FlatValue)] = []
        for (key, value) in metadata { append(value, as: key, to: &flat) }
        return flat.sorted { $0.key < $1.key }
    }

    private static func append(
        _ value: Logger.MetadataValue,
        as key: String,
        to flat: inout [(key: String, value: FlatValue)]
    ) {
        guard case .dictionary(let nested) = value else {
            flat.append((key, single(value)))
            return
        }
        if nested.isEmpty { flat.append((key, .emptyObject)) }
        for (name, inner) in nested { append(inner, as: "\(key).\(name)", to: &flat) }
    }

    private static func single(_ value: Logger.MetadataValue) -> FlatValue {
        switch value {
        case .string(let text): .text(text)
        case .stringConvertible(let convertible): .text(convertible.description)
        case .array(let values): .list(values.map(single))
        // Inside a list a dictionary keeps its place as text.
        case .dictionary(let nested):
            .text(flatten(nested).map { "\($0.key)=\(plain($0.value))" }.joined(separator: ","))
        }
    }

    static func plain(_ value: FlatValue) -> String {
        switch value {
        case .text(let text): text
        case .list(let values): "[" + values.map(plain).joined(separator: ",") + "]"
        case .emptyObject: "{}"
        }
    }
}
