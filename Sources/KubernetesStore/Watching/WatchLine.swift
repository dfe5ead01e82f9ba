import Foundation
import ObjectStore
import Resources

/// Reads one line of a watch: `{"type": "ADDED", "object": {...}}`.
enum WatchLine {
    /// - Throws: The `StoreError` that an ERROR event tells; `.unavailable` for a line that is no event.
    static func event(_ line: Data, _ type: ResourceType, server: String) throws(StoreError) -> WatchEvent {
        do {
            let value = try JSONValue(json: line)
            guard let kind = value["type"]?.stringValue, let object = value["object"] else {
                throw StoreError(.unavailable, "\(server) sent something that is no event of a watch", type: type)
            }
            if kind == "ERROR" { throw StatusReader.error(object, code: 500, type: type, name: nil) }
            return try event(kind, UnstructuredObject(type: type, value: object), server: server)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.unavailable, "\(server) sent a watch event that cannot be read: \(error)", type: type)
        }
    }

    private static func event(
        _ kind: String,
        _ object: UnstructuredObject,
        server: String
    ) throws(StoreError) -> WatchEvent {
        switch kind {
        case "ADDED": return .added(object)
        case "MODIFIED": return .modified(object)
        case "DELETED": return .deleted(object)
        case "BOOKMARK":
            return .bookmark(
                resourceVersion: object.metadata.resourceVersion ?? "",
                initialEventsEnd: object.metadata.annotations["k8s.io/initial-events-end"] == "true"
            )
        default:
            throw StoreError(
                .unavailable,
                "\(server) sent a watch event of the unknown type \(kind)",
                type: object.type
            )
        }
    }
}

extension WatchEvent {
    /// The version that a watch can go on from after this event.
    var version: String? {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object.metadata.resourceVersion
        case .bookmark(let version, _): version.isEmpty ? nil : version
        }
    }
}
