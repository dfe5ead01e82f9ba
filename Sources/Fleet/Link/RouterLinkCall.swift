import Foundation
import GRPCCore

/// The call by which routers report.
enum RouterLinkCall {
    static let service = ServiceDescriptor(fullyQualifiedService: "jumpstarter.internal.v1.RouterLinkService")
    static let link = MethodDescriptor(service: service, method: "Link")
    /// The metadata key of the token.
    static let credentialKey = "authorization"
}

/// Writes a message as JSON.
struct LinkMessageSerializer<Message: Encodable & Sendable>: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Message) throws -> Bytes {
        Bytes(try JSONEncoder().encode(message))
    }
}

/// Reads a message from JSON.
struct LinkMessageDeserializer<Message: Decodable & Sendable>: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> Message {
        do {
            return try serializedMessageBytes.withUnsafeBytes { try JSONDecoder().decode(Message.self, from: Data($0)) }
        } catch {
            throw RPCError(code: .invalidArgument, message: "a message between router and controller cannot be read")
        }
    }
}
