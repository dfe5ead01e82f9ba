import NIOHTTP1
package import ObjectStore
package import Resources

extension KubernetesStore {
    /// How often a list is begun anew, when the server forgets its state before the last page.
    private static let maximumRestarts = 3

    package func list(_ type: ResourceType, namespace: String?, options: ListOptions) async throws -> ObjectList {
        if options.limit != nil { return try await page(type, namespace, options) }
        var restarts = 0
        while true {
            do {
                return try await allPages(type, namespace, options)
            } catch let error as StoreError where error.reason == .expired && options.continueToken == nil {
                restarts += 1
                if restarts > Self.maximumRestarts { throw error }
            }
        }
    }

    private func allPages(
        _ type: ResourceType,
        _ namespace: String?,
        _ options: ListOptions
    ) async throws -> ObjectList {
        var options = options
        options.limit = sender.configuration.pageSize
        var list = try await page(type, namespace, options)
        while let token = list.continueToken {
            options.continueToken = token
            let next = try await page(type, namespace, options)
            list.items += next.items
            list.continueToken = next.continueToken
        }
        list.remainingItemCount = nil
        // etcd orders by "namespace/name" as one text, where "a-b/" comes before "a/".
        if namespace == nil { list.items.sort { $0.key < $1.key } }
        return list
    }

    private func page(_ type: ResourceType, _ namespace: String?, _ options: ListOptions) async throws -> ObjectList {
        var query = APIPath.selectors(options.labelSelector, options.fieldSelector)
        if let limit = options.limit { query.append(("limit", String(limit))) }
        if let token = options.continueToken { query.append(("continue", token)) }
        let answer = try await value(
            APICall(
                method: .GET,
                target: APIPath.collection(type, namespace) + APIPath.query(query),
                type: type
            )
        )
        guard let metadata = answer["metadata"], let version = metadata["resourceVersion"]?.stringValue else {
            throw StoreError(.unavailable, "\(sender.server) answered no list of \(type.qualifiedPlural)", type: type)
        }
        return ObjectList(
            items: try (answer["items"]?.arrayValue ?? []).map { try object($0, type) },
            resourceVersion: version,
            continueToken: metadata["continue"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 },
            remainingItemCount: metadata["remainingItemCount"]?.integerValue.map { Int(clamping: $0) }
        )
    }
}
