import ObjectStore
import Resources

/// The kinds by the name that the tables use, for deletions that cross kinds.
enum KnownTypes {
    private static let byName = Dictionary(
        uniqueKeysWithValues: (ResourceType.jumpstarterTypes + ResourceType.coreTypes + ResourceType.coordinationTypes)
            .map { ($0.qualifiedPlural, $0) }
    )

    /// - Throws: `StoreError.internalError` for a kind that this version does not know.
    static func type(named name: String) throws(StoreError) -> ResourceType {
        guard let type = byName[name] else {
            throw StoreError(.internalError, "the database holds objects of an unknown kind, \(name)")
        }
        return type
    }
}
