import Foundation
import GRPCCore
import JumpstarterProtocol
import ObjectStore
import Resources
import SwiftProtobuf
import Testing

@Suite("Requests that are not fit to be answered", .timeLimit(.minutes(3)))
struct MalformedRequestTests {
    @Test("values that are much too large come back as short errors, and the connection lives on")
    func oversized() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let huge = String(repeating: "ü", count: 200_000)
            await expectRefusal(.invalidArgument, "lease.selector") {
                try await controller.createLease(for: alice) { $0.selector = huge }
            }
            await expectRefusal(.invalidArgument, "lease_id") { try await controller.createLease(huge, for: alice) }
            await expectRefusal(.invalidArgument, "lease.tags") {
                try await controller.createLease(for: alice) { $0.tags = [huge: huge] }
            }
            await expectRefusal(.invalidArgument, "lease.context") {
                try await controller.createLease(for: alice) { $0.context = [huge: huge] }
            }
            await expectRefusal(.invalidArgument, "name") { try await controller.lease(huge, as: alice) }
            await expectRefusal(.invalidArgument, "filter") {
                try await controller.leaseNames(as: alice) { $0.filter = huge }
            }
            await expectRefusal(.invalidArgument, "page_token") {
                try await controller.leaseNames(as: alice) { $0.pageToken = huge }
            }
            #expect(try await controller.leaseNames(as: alice) == [])
        }
    }

    @Test("bytes that are no message, or text that is not UTF-8, are INVALID_ARGUMENT")
    func malformedMessages() async throws {
        try await withController { controller in
            let alice = try await controller.addClient()
            let method = Jumpstarter_Client_V1_ClientService.Method.CreateLease.descriptor
            // Field 1 (parent), length-delimited, two bytes that are not UTF-8; then a field cut off in the middle.
            for bytes in [[0x0A, 0x02, 0xFF, 0xFE], [0x0A, 0x7F, 0x61]] as [[UInt8]] {
                await expectRefusal(.invalidArgument) {
                    try await controller.connection.unary(
                        request: ClientRequest(message: bytes, metadata: alice.metadata),
                        descriptor: method,
                        serializer: RawBytes(),
                        deserializer: RawBytes(),
                        options: .defaults
                    ) { try $0.message }
                }
            }
            #expect(try await controller.storedLeaseCount() == 0)
        }
    }
}

/// Bytes as they are, to send what no generated code would.
struct RawBytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes { Bytes(message) }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
