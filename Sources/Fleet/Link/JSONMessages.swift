import Foundation
package import GRPCCore

/// Writes a message of a call within the service as JSON.
package struct JSONMessageSerializer<Message: Encodable & Sendable>: MessageSerializer {
    package init() {}

    package func serialize<Bytes: GRPCContiguousBytes>(_ message: Message) throws -> Bytes {
        Bytes(try JSONEncoder().encode(message))
    }
}

/// Reads a message of a call within the service from JSON.
package struct JSONMessageDeserializer<Message: Decodable & Sendable>: MessageDeserializer {
    package init() {}

    package func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> Message {
        do {
            return try serializedMessageBytes.withUnsafeBytes { try JSONDecoder().decode(Message.self, from: Data($0)) }
        } catch {
            throw RPCError(code: .invalidArgument, message: "a message within the service cannot be read: \(error)")
        }
    }
}
