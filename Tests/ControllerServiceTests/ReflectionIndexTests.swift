import Foundation
import GRPCCore
import JumpstarterProtocol
import SwiftProtobuf
import Testing

@testable import ControllerService

@Suite("Reflection index")
struct ReflectionIndexTests {
    @Test("a file comes first, then everything it needs, each once")
    func closure() throws {
        let index = try index()
        let files = try #require(index.files(named: "jumpstarter/client/v1/client.proto"))
        let names = try files.map { try Google_Protobuf_FileDescriptorProto(serializedBytes: $0).name }
        #expect(names.first == "jumpstarter/client/v1/client.proto")
        #expect(Set(names).count == names.count)
        for name in ["jumpstarter/v1/kubernetes.proto", "google/api/http.proto", "google/protobuf/descriptor.proto"] {
            #expect(names.contains(name))
        }
        #expect(!names.contains("jumpstarter/v1/router.proto"))
    }

    @Test(
        "every kind of symbol leads to its file",
        arguments: [
            ("jumpstarter.v1.ControllerService", "jumpstarter/v1/jumpstarter.proto"),
            ("jumpstarter.v1.ControllerService.Dial", "jumpstarter/v1/jumpstarter.proto"),
            ("jumpstarter.v1.DialRequest", "jumpstarter/v1/jumpstarter.proto"),
            ("jumpstarter.v1.DialRequest.lease_name", "jumpstarter/v1/jumpstarter.proto"),
            ("jumpstarter.v1.RegisterRequest.LabelsEntry", "jumpstarter/v1/jumpstarter.proto"),
            ("jumpstarter.v1.FrameType", "jumpstarter/v1/router.proto"),
            ("jumpstarter.v1.FRAME_TYPE_DATA", "jumpstarter/v1/router.proto"),
            ("grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"),
            ("grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"),
            ("grpc.reflection.v1.ServerReflectionRequest.message_request", "grpc/reflection/v1/reflection.proto"),
            ("google.api.http", "google/api/annotations.proto"),
        ]
    )
    func symbols(symbol: String, file: String) throws {
        var request = Grpc_Reflection_V1_ServerReflectionRequest()
        request.fileContainingSymbol = symbol
        #expect(try firstFile(try index().answer(to: request)) == file)
    }

    @Test("extensions are found by message and number")
    func extensions() throws {
        let index = try index()
        var request = Grpc_Reflection_V1_ServerReflectionRequest()
        request.fileContainingExtension.containingType = "google.protobuf.MethodOptions"
        request.fileContainingExtension.extensionNumber = 72_295_728
        #expect(try firstFile(index.answer(to: request)) == "google/api/annotations.proto")

        #expect(index.extensionNumbers(of: "google.protobuf.MethodOptions") == [1051, 72_295_728])
        #expect(index.extensionNumbers(of: "jumpstarter.v1.DialRequest") == [])
        #expect(index.extensionNumbers(of: "jumpstarter.v1.Nothing") == nil)
    }

    @Test("all_extension_numbers_of_type answers with the type and its numbers")
    func extensionNumbers() throws {
        var request = Grpc_Reflection_V1_ServerReflectionRequest()
        request.allExtensionNumbersOfType = "google.protobuf.MessageOptions"
        let response = try index().answer(to: request).allExtensionNumbersResponse
        #expect(response.baseTypeName == "google.protobuf.MessageOptions")
        #expect(response.extensionNumber == [1053])
    }

    @Test("what is not there is NOT_FOUND, and the message names it", arguments: unanswerable)
    func notFound(request: Grpc_Reflection_V1_ServerReflectionRequest) throws {
        let response = try index().answer(to: request)
        #expect(response.errorResponse.errorCode == Int32(RPCError.Code.notFound.rawValue))
        #expect(response.errorResponse.errorMessage.contains("nowhere"))
        #expect(response.originalRequest == request)
    }

    @Test("a request that asks for nothing is INVALID_ARGUMENT")
    func emptyRequest() throws {
        let response = try index().answer(to: Grpc_Reflection_V1_ServerReflectionRequest())
        #expect(response.errorResponse.errorCode == Int32(RPCError.Code.invalidArgument.rawValue))
    }

    @Test("host and request come back with the answer")
    func echo() throws {
        var request = Grpc_Reflection_V1_ServerReflectionRequest()
        request.host = "lab.example"
        request.listServices = "*"
        let response = try index().answer(to: request)
        #expect(response.validHost == "lab.example")
        #expect(response.originalRequest == request)
        #expect(response.listServicesResponse.service.map(\.name) == Self.services.sorted())
    }

    @Test("custom options survive: the HTTP annotations are handed out as they were compiled")
    func customOptions() throws {
        let original = try #require(
            try ProtocolDescriptors.load().file.first { $0.name == "jumpstarter/client/v1/client.proto" }
        )
        let served = try #require(try index().files(named: "jumpstarter/client/v1/client.proto")?.first)
        let encoded: [UInt8] = try original.serializedBytes()
        #expect(served == encoded)
        #expect(Data(served).range(of: Data("/v1/{name=namespaces/*/exporters/*}".utf8)) != nil)
    }

    @Test("a service without a description is refused at the start")
    func undescribed() throws {
        let descriptors = try ProtocolDescriptors.load()
        #expect(throws: ReflectionError.undescribedService("a.B")) {
            try ReflectionIndex(descriptors, services: ["a.B"])
        }
    }

    @Test("a set that lacks an imported file is refused at the start")
    func incomplete() throws {
        var descriptors = try ProtocolDescriptors.load()
        descriptors.file.removeAll { $0.name == "google/api/http.proto" }
        #expect(
            throws: ReflectionError.missingImport(
                file: "google/api/annotations.proto",
                imported: "google/api/http.proto"
            )
        ) {
            try ReflectionIndex(descriptors, services: [])
        }
    }

    private static let services = ["jumpstarter.v1.ControllerService", "grpc.health.v1.Health"]

    private static let unanswerable: [Grpc_Reflection_V1_ServerReflectionRequest] = [
        .with { $0.fileByFilename = "nowhere.proto" },
        .with { $0.fileContainingSymbol = "nowhere.Thing" },
        .with { $0.allExtensionNumbersOfType = "nowhere.Thing" },
        .with { $0.fileContainingExtension = .with { $0.containingType = "nowhere.Thing" } },
    ]

    private func index() throws -> ReflectionIndex {
        try ReflectionIndex(try ProtocolDescriptors.load(), services: Self.services)
    }

    private func firstFile(_ response: Grpc_Reflection_V1_ServerReflectionResponse) throws -> String {
        let file = try #require(response.fileDescriptorResponse.fileDescriptorProto.first)
        return try Google_Protobuf_FileDescriptorProto(serializedBytes: file).name
    }
}
