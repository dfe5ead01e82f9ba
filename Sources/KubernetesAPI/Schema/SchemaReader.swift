import Foundation
import Resources

/// Reads a JSON tree by a schema: drops what the schema does not know, sets defaults, and says what does not fit.
struct SchemaReader {
    /// Paths that the schema does not know.
    private(set) var unknownFields: [String] = []
    private(set) var problems: [FieldProblem] = []

    /// The value without unknown members and with defaults. A member that is null counts as absent.
    mutating func read(_ value: JSONValue, by schema: Schema, at path: String = "") -> JSONValue {
        switch schema.shape {
        case .object(let properties), .objectMeta(let properties):
            return readObject(value, properties, at: path)
        case .map(let element): return readMap(value, of: element, at: path)
        case .list(let element, _): return readList(value, of: element, at: path)
        case .string(let format): return readString(value, format, at: path)
        case .integer(let format): return readInteger(value, format, at: path)
        case .boolean:
            if value.boolValue == nil { mismatch(value, expected: "boolean", at: path) }
            return value
        }
    }

    private mutating func readObject(_ value: JSONValue, _ properties: [Schema.Property], at path: String) -> JSONValue
    {
        guard let members = value.objectValue else { return mismatch(value, expected: "object", at: path) }
        var result: [String: JSONValue] = [:]
        var known = 0
        for property in properties {
            let inner = path.isEmpty ? property.name : "\(path).\(property.name)"
            let member = members[property.name]
            if member != nil { known += 1 }
            if let member, member != .null {
                result[property.name] = read(member, by: property.schema, at: inner)
            } else if let value = property.schema.defaultValue {
                result[property.name] = read(value, by: property.schema, at: inner)
            } else if property.isRequired {
                problems.append(FieldProblem(.required, inner, "it must be set"))
            }
        }
        if known < members.count { noteUnknown(members, properties, at: path) }
        return .object(result)
    }

    private mutating func noteUnknown(_ members: [String: JSONValue], _ properties: [Schema.Property], at path: String)
    {
        let known = Set(properties.map(\.name))
        for name in members.keys.sorted() where !known.contains(name) {
            unknownFields.append(path.isEmpty ? name : "\(path).\(name)")
        }
    }

    private mutating func readMap(_ value: JSONValue, of element: Schema, at path: String) -> JSONValue {
        guard let members = value.objectValue else { return mismatch(value, expected: "object", at: path) }
        var result: [String: JSONValue] = [:]
        for (key, member) in members where member != .null {
            result[key] = read(member, by: element, at: "\(path)[\(key)]")
        }
        return .object(result)
    }

    private mutating func readList(_ value: JSONValue, of element: Schema, at path: String) -> JSONValue {
        guard let elements = value.arrayValue else { return mismatch(value, expected: "array", at: path) }
        var result: [JSONValue] = []
        for (index, member) in elements.enumerated() {
            result.append(read(member, by: element, at: "\(path)[\(index)]"))
        }
        return .array(result)
    }

    private mutating func readString(_ value: JSONValue, _ format: Schema.StringFormat, at path: String) -> JSONValue {
        guard let text = value.stringValue else { return mismatch(value, expected: "string", at: path) }
        if let problem = Self.problem(with: text, format) { problems.append(FieldProblem(problem.0, path, problem.1)) }
        return value
    }

    private static func problem(with text: String, _ format: Schema.StringFormat) -> (FieldProblem.Kind, String)? {
        switch format {
        case .text: return nil
        case .dateTime:
            if Timestamp(rfc3339: text) != nil { return nil }
            return (.invalid, "\"\(text)\" is not a time; expected RFC 3339 such as 2026-01-31T08:00:00Z")
        case .duration:
            do throws(GoDuration.ParseError) {
                _ = try GoDuration(parsing: text)
                return nil
            } catch {
                return (.invalid, "\(error)")
            }
        case .bytes:
            return Data(base64Encoded: text) == nil ? (.invalid, "the value is not base64") : nil
        case .oneOf(let words):
            if words.contains(text) { return nil }
            let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
            return (.notSupported, "\"\(text)\": supported values: \(list)")
        }
    }

    private mutating func readInteger(_ value: JSONValue, _ format: Schema.IntegerFormat, at path: String) -> JSONValue
    {
        let number: Int64? =
            switch value {
            case .integer(let number): number
            case .number(let number): Int64(exactly: number)
            default: nil
            }
        guard let number else { return mismatch(value, expected: "integer", at: path) }
        if format == .int32 && Int32(exactly: number) == nil {
            problems.append(FieldProblem(.invalid, path, "\(number) does not fit into 32 bits"))
        }
        return .integer(number)
    }

    @discardableResult
    private mutating func mismatch(_ value: JSONValue, expected: String, at path: String) -> JSONValue {
        let detail = "\"\(value.typeName)\": \(path.isEmpty ? "the object" : path) in body must be of type \(expected)"
        problems.append(FieldProblem(.typeInvalid, path.isEmpty ? "<root>" : path, detail))
        return value
    }
}

extension JSONValue {
    /// The name of the value's JSON type.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
