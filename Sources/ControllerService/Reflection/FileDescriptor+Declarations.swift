internal import SwiftProtobuf

extension Google_Protobuf_FileDescriptorProto {
    /// The full names of everything the file declares: messages, fields, oneofs, enums, their values, extensions,
    /// services and methods.
    var declaredSymbols: [String] {
        let scope = package.isEmpty ? "" : package + "."
        return messageType.flatMap { $0.declaredSymbols(in: scope) }
            + enumType.flatMap { $0.declaredSymbols(in: scope) }
            + `extension`.map { scope + $0.name }
            + service.flatMap { $0.declaredSymbols(in: scope) }
    }

    /// The extensions the file declares, at any depth: the full name of the extended message, and the number.
    var declaredExtensions: [(extended: String, number: Int32)] {
        (`extension` + messageType.flatMap(\.nestedExtensions)).map { field in
            // Names in descriptors that protoc made are full and begin with a dot.
            (field.extendee.first == "." ? String(field.extendee.dropFirst()) : field.extendee, field.number)
        }
    }
}

extension Google_Protobuf_DescriptorProto {
    fileprivate func declaredSymbols(in scope: String) -> [String] {
        let own = scope + name
        let inner = own + "."
        return [own]
            + field.map { inner + $0.name }
            + `extension`.map { inner + $0.name }
            + oneofDecl.map { inner + $0.name }
            + nestedType.flatMap { $0.declaredSymbols(in: inner) }
            + enumType.flatMap { $0.declaredSymbols(in: inner) }
    }

    fileprivate var nestedExtensions: [Google_Protobuf_FieldDescriptorProto] {
        `extension` + nestedType.flatMap(\.nestedExtensions)
    }
}

extension Google_Protobuf_EnumDescriptorProto {
    /// An enum's values are named in the scope around the enum, as in C++.
    fileprivate func declaredSymbols(in scope: String) -> [String] {
        [scope + name] + value.map { scope + $0.name }
    }
}

extension Google_Protobuf_ServiceDescriptorProto {
    fileprivate func declaredSymbols(in scope: String) -> [String] {
        [scope + name] + method.map { "\(scope)\(name).\($0.name)" }
    }
}
