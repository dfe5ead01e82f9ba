package import GRPCCore
package import JumpstarterProtocol
import Logging
import ObjectStore
import Reconciling
import Resources
import SwiftProtobuf

extension ClientProvider {
    package func getExporter(
        request: ServerRequest<Jumpstarter_Client_V1_GetExporterRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_Client_V1_Exporter> {
        let message = request.message
        let key = try ResourceName.parse(message.name, collection: "exporters", field: "name")
        _ = try await client(request.metadata, context, in: key.namespace)
        guard let exporter = try await lab.exporter(key) else {
            throw ServiceError(.notFound, "exporter \"\(key.name)\" does not exist in namespace \"\(key.namespace)\"")
        }
        return ServerResponse(message: .init(exporter, labels: labels, showHidden: message.showHiddenLabels))
    }

    package func listExporters(
        request: ServerRequest<Jumpstarter_Client_V1_ListExportersRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_Client_V1_ListExportersResponse> {
        let message = request.message
        let namespace = try ResourceName.parseParent(message.parent)
        _ = try await client(request.metadata, context, in: namespace)
        let options = try page(
            size: message.pageSize,
            token: message.pageToken,
            selector: selector(message.filter, field: "filter")
        )
        let list = try await list(options) { try await lab.exporters(namespace: namespace, options: $0) }
        var response = Jumpstarter_Client_V1_ListExportersResponse()
        response.exporters = try list.items.map {
            try .init($0.decoded(as: Exporter.self), labels: labels, showHidden: message.showHiddenLabels)
        }
        response.nextPageToken = list.continueToken ?? ""
        return ServerResponse(message: response)
    }

    package func rotateToken(
        request: ServerRequest<Jumpstarter_Client_V1_RotateTokenRequest>,
        context: ServerContext
    ) async throws -> ServerResponse<Jumpstarter_Client_V1_RotateTokenResponse> {
        let namespace = try ResourceName.parseParent(request.message.parent)
        let client = try await client(request.metadata, context, in: namespace)
        let (token, expiresAt) = try await lab.rotateToken(ofClient: client.key)
        var response = Jumpstarter_Client_V1_RotateTokenResponse()
        response.token = token
        response.expiry = .init(Timestamp(expiresAt))
        logger.info(
            "token rotated by its client",
            metadata: [
                "client": "\(client.metadata.name)", "namespace": "\(namespace)", "peer": "\(context.remotePeer)",
            ]
        )
        return ServerResponse(message: response)
    }
}
