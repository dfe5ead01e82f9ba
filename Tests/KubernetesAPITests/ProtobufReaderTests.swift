import Foundation
import Resources
import Testing

@testable import KubernetesAPI

@Suite("Objects in protobuf, as kubectl create sends them")
struct ProtobufReaderTests {
    /// What `kubectl create secret generic s1 --from-literal=token=abc` sends.
    private func secret() -> Data {
        let metadata = field(1, "s1") + field(3, "lab") + field(8, Data()) + field(11, entry("a", Data("b".utf8)))
        let raw = field(1, metadata) + field(2, entry("token", Data("abc".utf8))) + field(3, "Opaque")
        return envelope("v1", "Secret", raw)
    }

    private func envelope(_ apiVersion: String, _ kind: String, _ raw: Data) -> Data {
        Data([0x6B, 0x38, 0x73, 0x00]) + field(1, field(1, apiVersion) + field(2, kind)) + field(2, raw) + field(3, "")
            + field(4, "")
    }

    private func field(_ number: UInt8, _ bytes: Data) -> Data {
        precondition(bytes.count < 128)
        return Data([number << 3 | 2, UInt8(bytes.count)]) + bytes
    }

    private func field(_ number: UInt8, _ text: String) -> Data { field(number, Data(text.utf8)) }

    private func entry(_ key: String, _ value: Data) -> Data { field(1, key) + field(2, value) }

    @Test("A Secret is read with its data, and what is empty counts as absent")
    func read() throws {
        let expected: JSONValue = [
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": ["token": "YWJj"],
            "metadata": ["name": "s1", "namespace": "lab", "labels": ["a": "b"]],
        ]
        #expect(try ProtobufReader.object(in: secret()) == expected)
    }

    @Test("It is stored like any other")
    func create() async throws {
        try await withAPI { api in
            let type = "application/vnd.kubernetes.protobuf"
            let answer = try await api.send(.post, Sample.secrets, data: secret(), contentType: type)
            #expect(answer.code == 201)
            #expect(try await api.send(.get, "\(Sample.secrets)/s1").body["data"] == ["token": "YWJj"])
        }
    }

    @Test("A deletion's options are read")
    func deleteOptions() throws {
        let raw = Data([0x08, 0x1E]) + field(2, field(1, "some uid")) + field(4, "Background")
        let options = try ProtobufReader.object(in: envelope("v1", "DeleteOptions", raw))
        #expect(options["gracePeriodSeconds"] == 30)
        #expect(options["preconditions"] == ["uid": "some uid"])
        #expect(options["propagationPolicy"] == "Background")
    }

    @Test("Whatever is cut off or flipped is refused or read, never a trap")
    func damaged() {
        let whole = secret()
        for length in 0..<whole.count { _ = try? ProtobufReader.object(in: whole.prefix(length)) }
        for index in whole.indices {
            for bit in 0..<8 {
                var damaged = whole
                damaged[index] ^= 1 << bit
                _ = try? ProtobufReader.object(in: damaged)
            }
        }
        #expect(throws: APIStatus.self) { try ProtobufReader.object(in: whole.prefix(whole.count / 2)) }
    }

    @Test("Kinds that are not read this way say so")
    func unknownKind() {
        let data = envelope("apps/v1", "Deployment", Data())
        let error = #expect(throws: APIStatus.self) { try ProtobufReader.object(in: data) }
        #expect(error?.message.contains("Deployment") == true)
    }
}
