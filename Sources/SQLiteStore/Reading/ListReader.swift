import GRDB
import ObjectStore
import Resources

/// Answers lists, on one of the readers' connections.
struct ListReader: Sendable {
    var type: ResourceType
    var namespace: String?
    var options: ListOptions

    func read(_ db: Database) throws -> ObjectList {
        let state = try StoreState.read(db)
        var query = SnapshotQuery(
            type: type,
            version: state.version,
            namespace: namespace,
            labelSelector: options.labelSelector,
            fieldSelector: options.fieldSelector
        )
        if let text = options.continueToken, !text.isEmpty {
            let token = try ContinueToken(parsing: text)
            try Self.check(token, state)
            query.version = token.version
            query.after = token.key
        }
        guard let limit = options.limit, limit > 0 else {
            return ObjectList(items: try query.objects(db, limit: nil), resourceVersion: String(query.version))
        }
        return try page(db, query, limit)
    }

    private func page(_ db: Database, _ query: SnapshotQuery, _ limit: Int) throws -> ObjectList {
        var items = try query.objects(db, limit: limit == .max ? limit : limit + 1)
        var list = ObjectList(items: items, resourceVersion: String(query.version))
        guard items.count > limit else { return list }
        items.removeLast()
        list.items = items
        var rest = query
        rest.after = items.last?.key
        list.continueToken = try rest.after.map { try ContinueToken(version: query.version, after: $0).text() }
        if options.labelSelector.isEmpty && options.fieldSelector.isEmpty {
            list.remainingItemCount = try rest.count(db)
        }
        return list
    }

    private static func check(_ token: ContinueToken, _ state: StoreState) throws(StoreError) {
        if token.version < state.pruned {
            throw StoreError(
                .expired,
                "the state that the continue token shows (resource version \(token.version)) is no longer kept, "
                    + "the oldest is \(state.pruned); list again without the token"
            )
        }
        if token.version > state.version {
            throw StoreError(.badRequest, "continue key is not valid: its resource version has not been reached")
        }
    }
}
