internal import Foundation
internal import GRPCCore
internal import JumpstarterProtocol

extension ReflectionIndex {
    /// Answers one request; what cannot be answered gets an error response, and the stream goes on.
    func answer(
        to request: Grpc_Reflection_V1_ServerReflectionRequest
    ) -> Grpc_Reflection_V1_ServerReflectionResponse {
        var response = Grpc_Reflection_V1_ServerReflectionResponse()
        response.validHost = request.host
        response.originalRequest = request
        response.messageResponse = messageResponse(to: request.messageRequest)
        return response
    }

    private func messageResponse(
        to request: Grpc_Reflection_V1_ServerReflectionRequest.OneOf_MessageRequest?
    ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        switch request {
        case .fileByFilename(let name):
            Self.response(files(named: name), or: "no file is named '\(name)'")
        case .fileContainingSymbol(let symbol):
            Self.response(files(declaring: symbol), or: "no file declares '\(symbol)'")
        case .fileContainingExtension(let wanted):
            Self.response(
                files(extending: wanted.containingType, with: wanted.extensionNumber),
                or: "no file declares extension \(wanted.extensionNumber) of '\(wanted.containingType)'"
            )
        case .allExtensionNumbersOfType(let message):
            extensionNumbersResponse(for: message)
        case .listServices:
            .listServicesResponse(serviceList)
        case nil:
            Self.error(.invalidArgument, "the request asks for nothing that this server knows")
        }
    }

    private var serviceList: Grpc_Reflection_V1_ListServiceResponse {
        var list = Grpc_Reflection_V1_ListServiceResponse()
        list.service = services.map { name in
            var service = Grpc_Reflection_V1_ServiceResponse()
            service.name = name
            return service
        }
        return list
    }

    private func extensionNumbersResponse(
        for message: String
    ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        guard let numbers = extensionNumbers(of: message) else {
            return Self.error(.notFound, "no file declares a message '\(message)'")
        }
        var response = Grpc_Reflection_V1_ExtensionNumberResponse()
        response.baseTypeName = message
        response.extensionNumber = numbers
        return .allExtensionNumbersResponse(response)
    }

    private static func response(
        _ files: [[UInt8]]?,
        or message: String
    ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        guard let files else { return error(.notFound, message) }
        var response = Grpc_Reflection_V1_FileDescriptorResponse()
        response.fileDescriptorProto = files.map { Data($0) }
        return .fileDescriptorResponse(response)
    }

    private static func error(
        _ code: RPCError.Code,
        _ message: String
    ) -> Grpc_Reflection_V1_ServerReflectionResponse.OneOf_MessageResponse {
        var response = Grpc_Reflection_V1_ErrorResponse()
        response.errorCode = Int32(code.rawValue)
        response.errorMessage = message
        return .errorResponse(response)
    }
}
