package import Resources
import Yams

extension InstallOptions {
    /// The options of a document of values, YAML, laid over the defaults.
    /// - Throws: `Problem` naming a key that does not exist or whose value does not fit.
    package init(values text: String) throws {
        try self.init(values: JSONValue(yaml: text))
    }

    /// The options of a tree of values laid over the defaults.
    /// - Throws: `Problem` naming a key that does not exist or whose value does not fit.
    package init(values: JSONValue) throws {
        let defaults = try JSONValue(encoding: InstallOptions())
        let merged = try Self.merge(values, over: defaults, at: "")
        do {
            self = try merged.decoded(as: InstallOptions.self)
        } catch let DecodingError.dataCorrupted(context) {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            throw Problem(option: path, reason: "it has none of the accepted values (see values.yaml)")
        }
    }

    private static func merge(_ values: JSONValue, over defaults: JSONValue, at path: String) throws -> JSONValue {
        switch (values, defaults) {
        case (.null, _): return defaults
        case (.object(let members), .object(var result)):
            // The maps of free keys.
            if path == "exposure.annotations" || path == "serviceMonitor.labels" { return try texts(members, at: path) }
            for (name, value) in members {
                let inner = path.isEmpty ? name : "\(path).\(name)"
                guard let old = result[name] else {
                    let known = result.keys.sorted().joined(separator: ", ")
                    throw Problem(option: inner, reason: "there is no such option; there are \(known)")
                }
                result[name] = try merge(value, over: old, at: inner)
            }
            return .object(result)
        case (.string, .string), (.integer, .integer), (.bool, .bool): return values
        case (.array(let elements), .array):
            guard elements.allSatisfy({ $0.stringValue != nil }) else {
                throw Problem(option: path, reason: "every element must be a string")
            }
            return values
        default: throw Problem(option: path, reason: "its type does not fit; the default is of the right one")
        }
    }

    private static func texts(_ members: [String: JSONValue], at path: String) throws -> JSONValue {
        for (name, value) in members where value.stringValue == nil {
            throw Problem(option: "\(path).\(name)", reason: "it must be a string")
        }
        return .object(members)
    }
}

extension JSONValue {
    /// The tree of a YAML document.
    /// - Throws: `YamlError` when the text is not YAML.
    init(yaml text: String) throws {
        guard let node = try Yams.compose(yaml: text) else {
            self = .object([:])
            return
        }
        self = Self.tree(node)
    }

    private static func tree(_ node: Node) -> JSONValue {
        switch node {
        case .mapping(let mapping):
            let pairs = mapping.map { ($0.key.string ?? "", tree($0.value)) }
            return .object(Dictionary(pairs, uniquingKeysWith: { _, last in last }))
        case .sequence(let sequence): return .array(sequence.map(tree))
        default:
            if node.tag == Tag(.null) || node.null != nil { return .null }
            if node.tag == Tag(.bool), let value = node.bool { return .bool(value) }
            if node.tag == Tag(.int), let value = node.int { return .integer(Int64(value)) }
            if node.tag == Tag(.float), let value = node.float { return .number(value) }
            return .string(node.string ?? "")
        }
    }
}
