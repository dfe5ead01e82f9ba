package import GRPCCore
internal import GRPCProtobuf
package import JumpstarterProtocol

/// `grpc.reflection.v1.ServerReflection`, open to anybody, for tools such as grpcurl. Also served under the older name
/// `grpc.reflection.v1alpha.ServerReflection`, whose messages are the same on the wire and which many tools still use.
package struct ReflectionService: Grpc_Reflection_V1_ServerReflection.SimpleServiceProtocol {
    private let index: ReflectionIndex

    package init(index: ReflectionIndex) {
        self.index = index
    }

    /// Answers each request with one response, in order, until the caller has no more.
    package func serverReflectionInfo(
        request: RPCAsyncSequence<Grpc_Reflection_V1_ServerReflectionRequest, any Error>,
        response: RPCWriter<Grpc_Reflection_V1_ServerReflectionResponse>,
        context: ServerContext
    ) async throws {
        for try await message in request {
            try await response.write(index.answer(to: message))
        }
    }

    /// Registers the one RPC under both names; done by hand because generated code knows only the first.
    package func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        for version in ["v1", "v1alpha"] {
            let service = ServiceDescriptor(fullyQualifiedService: "grpc.reflection.\(version).ServerReflection")
            router.registerHandler(
                forMethod: MethodDescriptor(service: service, method: "ServerReflectionInfo"),
                deserializer: ProtobufDeserializer<Grpc_Reflection_V1_ServerReflectionRequest>(),
                serializer: ProtobufSerializer<Grpc_Reflection_V1_ServerReflectionResponse>(),
                handler: { request, context in
                    try await serverReflectionInfo(request: request, context: context)
                }
            )
        }
    }
}
