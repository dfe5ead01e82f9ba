package import Logging
import NIOHTTP1
package import ObjectStore
package import Resources

/// The contract on a real Kubernetes API server.
///
/// | call | request |
/// |---|---|
/// | `get`, `list` | GET; lists in pages of 500, begun anew when the server forgets the state in the middle |
/// | `create` | POST; repeated when the answer is lost, and then "already exists" is compared with what was sent |
/// | `update` | PUT, with the version read before when the caller gives none |
/// | `patch` | PATCH; repeated after a lost answer only when it names a resource version |
/// | `delete` | GET, then DELETE of exactly that version, since the server does not always answer the object |
/// | `watch` | GET with `watch=true`, resumed when the server ends it in good order |
///
/// A repeated PUT or PATCH that meets a conflict is compared with the object as it is: when that is what was sent, the
/// lost first attempt did it, and the object is the answer; otherwise the conflict is.
package final class KubernetesStore: ObjectStore {
    let sender: RequestSender
    private let logger: Logger

    /// - Throws: `KubernetesConnectionError` for a certificate, address or proxy that cannot be used. The server is not
    ///   asked.
    package init(
        connection: KubernetesConnection,
        environment: KubernetesEnvironment,
        configuration: KubernetesStoreConfiguration = KubernetesStoreConfiguration(),
        logger: Logger
    ) throws(KubernetesConnectionError) {
        self.sender = try RequestSender(connection, environment, configuration, logger)
        self.logger = logger
    }

    /// Closes the connections; watches end with `StoreError.unavailable`. Must be called once, before the store goes.
    package func close() async throws { try await sender.shutdown() }

    /// Asks the server for its version, such as `v1.36.0`: whether it can be reached and accepts us.
    /// - Throws: `StoreError`.
    package func serverVersion() async throws -> String {
        let answer = try await value(APICall(method: .GET, target: "/version"))
        return answer["gitVersion"]?.stringValue ?? ""
    }

    package func get(_ type: ResourceType, _ key: ObjectKey) async throws -> UnstructuredObject {
        try check(type, key)
        return try await object(
            APICall(method: .GET, target: APIPath.object(type, key), type: type, name: key.name),
            type
        )
    }

    package func watch(
        _ type: ResourceType,
        namespace: String?,
        options: WatchOptions
    ) async throws -> WatchStream {
        let source = WatchSource(store: self, type: type, namespace: namespace, options: options)
        let handle = WatchHandle(source, buffer: sender.configuration.watchBuffer)
        return WatchStream { try await handle.next() }
    }
}

extension KubernetesStore {
    /// A name that cannot be part of a path names nothing.
    func check(_ type: ResourceType, _ key: ObjectKey) throws(StoreError) {
        if ["", ".", ".."].contains(key.name) { throw .notFound(type, key) }
    }

    func value(_ call: APICall) async throws -> JSONValue {
        do {
            return try parse(try await sender.send(call), call)
        } catch let failure as APIFailure {
            throw failure.error
        }
    }

    func object(_ call: APICall, _ type: ResourceType) async throws -> UnstructuredObject {
        try object(try await value(call), type)
    }

    func object(_ value: JSONValue, _ type: ResourceType) throws(StoreError) -> UnstructuredObject {
        do {
            return try UnstructuredObject(type: type, value: value)
        } catch {
            throw StoreError(.unavailable, "\(sender.server) answered no \(type.kind): \(error)", type: type)
        }
    }

    func parse(_ answer: APIAnswer, _ call: APICall) throws(StoreError) -> JSONValue {
        do {
            return try JSONValue(json: answer.body)
        } catch {
            throw StoreError(
                .unavailable,
                "\(sender.server) answered something that is not JSON: \(error)",
                type: call.type,
                name: call.name
            )
        }
    }
}
