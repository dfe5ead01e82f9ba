import Foundation
import ObjectStore
import Resources

/// Prints objects and lists in the form that the client asked for.
struct AnswerPrinter: Sendable {
    let kind: KindDefinition
    let format: AcceptedFormat
    var table: TablePrinter

    /// - Throws: `APIStatus` 406 for a form that cannot be served, 400 for an unknown `includeObject`.
    init(_ kind: KindDefinition, _ request: APIRequest, now: Timestamp) throws(APIStatus) {
        self.kind = kind
        format = try AcceptedFormat(accept: request.accept)
        if case .aggregatedDiscovery = format.view { throw .notAcceptable }
        table = TablePrinter(kind: kind, include: try .init(request.query), now: now)
    }

    func response(to object: UnstructuredObject, code: Int = 200, warnings: [String] = []) -> APIResponse {
        var writer = JSONWriter(reservingCapacity: 2048)
        write(object, to: &writer)
        var response = response(writer.data, code: code)
        response.warn(warnings)
        return response
    }

    func response(to list: ObjectList) -> APIResponse {
        var writer = JSONWriter(reservingCapacity: 1024 + list.items.count * 1024)
        switch format.view {
        case .table: table.write(list, to: &writer)
        case .metadata:
            writer.raw("{\"apiVersion\":\"meta.k8s.io/v1\",\"kind\":\"PartialObjectMetadataList\",\"metadata\":")
            list.writeMetadata(to: &writer)
            writer.raw(",\"items\":")
            writer.array(list.items) { ObjectPrinter.writeMetadata(of: $1, to: &$0) }
            writer.raw("}")
        default:
            writer.raw("{\"apiVersion\":")
            writer.string(kind.type.apiVersion)
            writer.raw(",\"kind\":")
            writer.string(kind.type.kind + "List")
            writer.raw(",\"metadata\":")
            list.writeMetadata(to: &writer)
            writer.raw(",\"items\":")
            writer.array(list.items) { ObjectPrinter.write($1, to: &$0) }
            writer.raw("}")
        }
        return response(writer.data, code: 200)
    }

    /// One object, as an answer or inside the event of a watch.
    func write(_ object: UnstructuredObject, to writer: inout JSONWriter) {
        switch format.view {
        case .table: table.write(object, to: &writer)
        case .metadata: ObjectPrinter.writeMetadata(of: object, to: &writer)
        default: ObjectPrinter.write(object, to: &writer)
        }
    }

    /// JSON is YAML too: that type differs only in its name.
    private func response(_ data: Data, code: Int) -> APIResponse {
        let type = format.encoding == .yaml ? MediaType.yaml : MediaType.json
        return APIResponse(code: code, contentType: type, body: .data(data))
    }
}

extension ObjectList {
    /// `metav1.ListMeta`.
    func writeMetadata(to writer: inout JSONWriter) {
        writer.raw("{\"resourceVersion\":")
        writer.string(resourceVersion)
        if let continueToken {
            writer.raw(",\"continue\":")
            writer.string(continueToken)
        }
        if let remainingItemCount, remainingItemCount > 0 {
            writer.raw(",\"remainingItemCount\":")
            writer.integer(Int64(remainingItemCount))
        }
        writer.raw("}")
    }
}
