import Foundation
import Resources
import Yams

extension APIRequest {
    /// The media type of the body without parameters, in lower case.
    var mediaType: String {
        let type = contentType.split(separator: ";").first ?? ""
        return type.filter { !$0.isWhitespace }.lowercased()
    }

    /// The body of a create or an update: JSON, YAML or (core kinds) protobuf; JSON when the type is not said.
    /// - Throws: `APIStatus` 415 for other types, 400 for text that is not of its type.
    func object() throws(APIStatus) -> JSONValue {
        switch mediaType {
        case "", MediaType.json: try Self.json(body)
        case MediaType.yaml, "text/yaml", "application/x-yaml": try Self.yaml(body)
        case MediaType.protobuf: try ProtobufReader.object(in: body)
        default: throw .unsupportedMediaType(accepted: [MediaType.json, MediaType.yaml, MediaType.protobuf])
        }
    }

    static func json(_ data: Data) throws(APIStatus) -> JSONValue {
        if data.isEmpty { throw .badRequest("the body of the request is empty; an object in JSON was expected") }
        do {
            return try JSONValue(json: data)
        } catch {
            throw .badRequest("the body of the request is not JSON: \(Self.explain(error))")
        }
    }

    static func yaml(_ data: Data) throws(APIStatus) -> JSONValue {
        guard let text = String(data: data, encoding: .utf8) else {
            throw .badRequest("the body of the request is not YAML: it is not UTF-8 text")
        }
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw APIStatus.badRequest("the body of the request is empty; an object in YAML was expected")
            }
            return try YAMLReading.value(node)
        } catch let status as APIStatus {
            throw status
        } catch {
            throw .badRequest("the body of the request is not YAML: \(error)")
        }
    }

    private static func explain(_ error: any Error) -> String {
        if case DecodingError.dataCorrupted(let context) = error {
            return context.underlyingError.map { "\($0)" } ?? context.debugDescription
        }
        return "\(error)"
    }
}

/// YAML trees as JSON trees, scalars by the rules of YAML 1.2's core schema as far as JSON has the type.
private enum YAMLReading {
    /// Deeper trees are refused: no object of ours comes near.
    static let maximumDepth = 64

    static func value(_ node: Node, depth: Int = 0) throws(APIStatus) -> JSONValue {
        if depth > maximumDepth { throw .badRequest("the YAML of the request is nested deeper than \(maximumDepth)") }
        switch node {
        case .mapping(let mapping): return try members(mapping, depth: depth)
        case .sequence(let sequence):
            var elements: [JSONValue] = []
            for element in sequence { elements.append(try value(element, depth: depth + 1)) }
            return .array(elements)
        case .scalar: return scalar(node)
        case .alias: throw .badRequest("the YAML of the request holds an alias that cannot be resolved")
        }
    }

    private static func members(_ mapping: Node.Mapping, depth: Int) throws(APIStatus) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for (key, member) in mapping {
            guard let name = key.string else { throw .badRequest("the YAML of the request has a key that is not text") }
            members[name] = try value(member, depth: depth + 1)
        }
        return .object(members)
    }

    private static func scalar(_ node: Node) -> JSONValue {
        // A scalar that was quoted, or that no other type of the core schema fits.
        if node.tag == Tag(.str) { return .string(node.string ?? "") }
        if node.null != nil { return .null }
        if let flag = node.bool { return .bool(flag) }
        if let number = node.int { return .integer(Int64(number)) }
        if let number = node.float, number.isFinite { return .number(number) }
        return .string(node.string ?? "")
    }
}
