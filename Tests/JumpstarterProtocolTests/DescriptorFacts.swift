import SwiftProtobuf

/// Everything about a set of proto files that can be seen on the wire or in JSON, as a flat table from a path such as
/// `jumpstarter.v1.StatusResponse[3].name` to its value. Comments, options for other languages, the files' names and the
/// order of declarations are left out: nobody at the other end can tell.
struct DescriptorFacts: Equatable {
    private(set) var values: [String: String] = [:]

    /// Collects the facts of all files of our own packages.
    init(_ set: Google_Protobuf_FileDescriptorSet) {
        for file in set.file where file.package.split(separator: ".").first == "jumpstarter" {
            add(file)
        }
    }

    private mutating func add(_ file: Google_Protobuf_FileDescriptorProto) {
        values[file.name] = "file of package \(file.package), \(file.syntax)"
        for message in file.messageType {
            add(message, in: file.package)
        }
        for enumeration in file.enumType {
            add(enumeration, in: file.package)
        }
        for service in file.service {
            add(service, in: file.package)
        }
    }

    private mutating func add(_ message: Google_Protobuf_DescriptorProto, in scope: String) {
        let path = "\(scope).\(message.name)"
        values[path] = message.options.mapEntry ? "map entry" : "message"
        values["\(path).options"] = message.options.hexadecimal
        for field in message.field {
            add(field, of: message, at: "\(path)[\(field.number)]")
        }
        for nested in message.nestedType {
            add(nested, in: path)
        }
        for enumeration in message.enumType {
            add(enumeration, in: path)
        }
    }

    private mutating func add(
        _ field: Google_Protobuf_FieldDescriptorProto,
        of message: Google_Protobuf_DescriptorProto,
        at path: String
    ) {
        values["\(path).name"] = field.name
        values["\(path).jsonName"] = field.jsonName
        values["\(path).type"] = "\(field.type)\(field.typeName)"
        values["\(path).label"] = field.proto3Optional ? "proto3 optional" : "\(field.label)"
        values["\(path).options"] = field.options.hexadecimal
        if field.hasOneofIndex, !field.proto3Optional {
            values["\(path).oneof"] = message.oneofDecl[Int(field.oneofIndex)].name
        }
    }

    private mutating func add(_ enumeration: Google_Protobuf_EnumDescriptorProto, in scope: String) {
        let path = "\(scope).\(enumeration.name)"
        values[path] = "enum"
        for value in enumeration.value {
            values["\(path)[\(value.number)].name"] = value.name
        }
    }

    private mutating func add(_ service: Google_Protobuf_ServiceDescriptorProto, in scope: String) {
        let path = "\(scope).\(service.name)"
        values[path] = "service"
        for method in service.method {
            let path = "\(path)/\(method.name)"
            values["\(path).request"] = (method.clientStreaming ? "stream " : "") + method.inputType
            values["\(path).response"] = (method.serverStreaming ? "stream " : "") + method.outputType
            values["\(path).options"] = method.options.hexadecimal
        }
    }
}

extension Message {
    /// The encoded message. Custom options, among them all of google.api's, are unknown fields to SwiftProtobuf; their
    /// encoding is what can be compared, and protoc writes them in the order of the source.
    fileprivate var hexadecimal: String {
        do {
            let bytes: [UInt8] = try serializedBytes()
            return bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        } catch {
            return "cannot be encoded: \(error)"
        }
    }
}
