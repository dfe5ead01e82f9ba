import ControllerService
import GRPCCore
import GRPCProtobuf
import JumpstarterProtocol
import SwiftProtobuf
import Testing

@Suite("Reflection over gRPC", .timeLimit(.minutes(1)))
struct ReflectionTests {
    typealias Request = Grpc_Reflection_V1_ServerReflectionRequest
    typealias Response = Grpc_Reflection_V1_ServerReflectionResponse

    @Test("each request is answered in order under both names", arguments: ["v1", "v1alpha"])
    func answersInOrder(version: String) async throws {
        let index = try ReflectionIndex(
            try ProtocolDescriptors.load(),
            services: ["grpc.reflection.v1.ServerReflection", "jumpstarter.v1.ControllerService"]
        )
        let requests: [Request] = [
            .with { $0.listServices = "" },
            .with { $0.fileContainingSymbol = "nowhere" },
            .with { $0.fileByFilename = "jumpstarter/v1/common.proto" },
        ]
        let responses = try await withLoopbackServer([ReflectionService(index: index)]) { client in
            try await client.bidirectionalStreaming(
                request: StreamingClientRequest { writer in
                    try await writer.write(contentsOf: requests)
                },
                descriptor: MethodDescriptor(
                    service: ServiceDescriptor(fullyQualifiedService: "grpc.reflection.\(version).ServerReflection"),
                    method: "ServerReflectionInfo"
                ),
                serializer: ProtobufSerializer<Request>(),
                deserializer: ProtobufDeserializer<Response>(),
                options: .defaults
            ) { response in
                try await response.messages.reduce(into: [Response]()) { $0.append($1) }
            }
        }
        #expect(responses.map(\.originalRequest) == requests)
        #expect(
            responses.first?.listServicesResponse.service.map(\.name)
                == ["grpc.reflection.v1.ServerReflection", "jumpstarter.v1.ControllerService"]
        )
        #expect(responses.last?.fileDescriptorResponse.fileDescriptorProto.count == 1)
    }
}
