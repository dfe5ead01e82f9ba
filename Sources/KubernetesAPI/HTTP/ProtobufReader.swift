import Foundation
import Resources

/// Reads the protobuf form of core objects (`application/vnd.kubernetes.protobuf`) as JSON trees.
///
/// kubectl sends what it makes itself (`create secret`, `create configmap`, `auth can-i`) in this form and offers no
/// other. Fields that are empty count as absent, as the Go types behind them have it.
struct ProtobufReader {
    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    /// `k8s` and a zero byte go before the envelope.
    private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]

    private let bytes: ArraySlice<UInt8>
    private var position: Int

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// The object in a body, `apiVersion` and `kind` included.
    /// - Throws: `APIStatus` 400 for bytes that are not such an object, 415 for a kind that is not known here.
    static func object(in data: Data) throws(APIStatus) -> JSONValue {
        let bytes = Array(data)
        guard bytes.starts(with: magic) else {
            throw .badRequest("the body of the request is not Kubernetes protobuf: it does not begin with k8s\\0")
        }
        do throws(Failure) {
            let envelope = try Self.message(bytes[magic.count...], .envelope)
            return try object(in: envelope)
        } catch {
            throw .badRequest("the body of the request is not Kubernetes protobuf: \(error)")
        }
    }

    private static func object(in envelope: JSONValue) throws(Failure) -> JSONValue {
        let apiVersion = envelope["typeMeta"]?["apiVersion"]?.stringValue ?? ""
        let kind = envelope["typeMeta"]?["kind"]?.stringValue ?? ""
        guard let message = ProtobufMessage.of(apiVersion: apiVersion, kind: kind) else {
            throw Failure(description: "objects of kind \(kind) of \(apiVersion) are read only as JSON or YAML")
        }
        let raw = envelope["raw"]?.stringValue.flatMap { Data(base64Encoded: $0) } ?? Data()
        var object = try Self.message(Array(raw)[...], message)
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        return object
    }

    private static func message(_ bytes: ArraySlice<UInt8>, _ message: ProtobufMessage) throws(Failure) -> JSONValue {
        var reader = ProtobufReader(bytes)
        var members: [String: JSONValue] = [:]
        while reader.position < bytes.endIndex {
            let (number, wire) = try reader.key()
            guard let field = message.fields[number] else {
                try reader.skip(wire)
                continue
            }
            try reader.read(field, wire, into: &members)
        }
        return .object(members)
    }

    private mutating func read(
        _ field: ProtobufMessage.Field,
        _ wire: UInt64,
        into members: inout [String: JSONValue]
    ) throws(Failure) {
        switch field.type {
        case .integer: members[field.name] = .integer(Int64(bitPattern: try scalar(wire)))
        case .boolean: members[field.name] = .bool(try scalar(wire) != 0)
        case .text, .bytes, .message, .time:
            members[field.name] = try Self.value(try slice(wire), field.type) ?? members[field.name]
        case .texts, .messages:
            let element = try Self.value(try slice(wire), field.type)
            members[field.name] = .array((members[field.name]?.arrayValue ?? []) + (element.map { [$0] } ?? []))
        case .map(let type):
            let (key, value) = try Self.entry(try slice(wire), type)
            var map = members[field.name] ?? [:]
            map[key] = value
            members[field.name] = map
        }
    }

    /// Nil for what is empty.
    private static func value(
        _ bytes: ArraySlice<UInt8>,
        _ type: ProtobufMessage.FieldType
    ) throws(Failure) -> JSONValue? {
        switch type {
        case .bytes: return .string(Data(bytes).base64EncodedString())
        case .message(let inner), .messages(let inner): return try message(bytes, inner)
        case .time:
            let time = try message(bytes, ProtobufMessage([1: ("seconds", .integer)]))
            return time["seconds"]?.integerValue.map { .string(Timestamp(seconds: $0).description) }
        default:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(description: "a text is not UTF-8")
            }
            return text.isEmpty ? nil : .string(text)
        }
    }

    private static func entry(
        _ bytes: ArraySlice<UInt8>,
        _ type: ProtobufMessage.FieldType
    ) throws(Failure) -> (String, JSONValue) {
        let entry = try message(bytes, ProtobufMessage([1: ("key", .text), 2: ("value", type)]))
        return (entry["key"]?.stringValue ?? "", entry["value"] ?? "")
    }

    private mutating func key() throws(Failure) -> (number: Int, wire: UInt64) {
        let key = try varint()
        guard let number = Int(exactly: key >> 3), number > 0 else {
            throw Failure(description: "a field has no number")
        }
        return (number, key & 7)
    }

    private mutating func scalar(_ wire: UInt64) throws(Failure) -> UInt64 {
        guard wire == 0 else { throw Failure(description: "a number is not written as one") }
        return try varint()
    }

    private mutating func slice(_ wire: UInt64) throws(Failure) -> ArraySlice<UInt8> {
        guard wire == 2 else { throw Failure(description: "a text or message is not written as one") }
        let length = try varint()
        guard let length = Int(exactly: length), length <= bytes.endIndex - position else {
            throw Failure(description: "it ends too early")
        }
        defer { position += length }
        return bytes[position..<(position + length)]
    }

    private mutating func skip(_ wire: UInt64) throws(Failure) {
        switch wire {
        case 0: _ = try varint()
        case 1: try advance(8)
        case 2: _ = try slice(wire)
        case 5: try advance(4)
        default: throw Failure(description: "wire type \(wire) is not known")
        }
    }

    private mutating func advance(_ count: Int) throws(Failure) {
        guard count <= bytes.endIndex - position else { throw Failure(description: "it ends too early") }
        position += count
    }

    private mutating func varint() throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0 as UInt64, to: 64, by: 7) {
            guard position < bytes.endIndex else { throw Failure(description: "it ends too early") }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Failure(description: "a number is longer than 64 bits")
    }
}
