import Foundation
import GRDB
import ObjectStore
import Resources

/// The writes of one commit, carried out on the writer's connection.
///
/// A value, so that undoing an operation is putting the value back beside rolling back its savepoint.
struct WriteTransaction {
    let db: Database
    let configuration: SQLiteStoreConfiguration
    let now: Timestamp
    var state: StoreState
    /// The last version of each kind that changed, by the kind's name in the tables.
    var touched: [String: Int64] = [:]
    /// Objects written with owner references, to be collected at the end when none of their owners exists.
    var toCheckForOwners: Set<Int64> = []

    init(_ db: Database, _ configuration: SQLiteStoreConfiguration) throws {
        self.db = db
        self.configuration = configuration
        self.now = Timestamp(configuration.now())
        self.state = try StoreState.read(db)
    }

    /// Carries out operations all or none, in a savepoint of their own.
    /// - Throws: `DatabaseError` only; what the operations themselves refuse is the result.
    mutating func attempt(_ operations: [WriteOperation]) throws -> Result<[UnstructuredObject], any Error> {
        let before = self
        try db.cachedStatement(sql: "SAVEPOINT operation").execute()
        do {
            var results: [UnstructuredObject] = []
            for operation in operations { results.append(try perform(operation)) }
            try db.cachedStatement(sql: "RELEASE operation").execute()
            return .success(results)
        } catch let error as DatabaseError {
            throw error
        } catch {
            try db.cachedStatement(sql: "ROLLBACK TO operation").execute()
            try db.cachedStatement(sql: "RELEASE operation").execute()
            self = before
            return .failure(StoreError.mapping(error))
        }
    }

    private mutating func perform(_ operation: WriteOperation) throws -> UnstructuredObject {
        switch operation {
        case .create(let object): try create(object)
        case .update(let object, let subresource): try update(object, subresource)
        case .patch(let type, let key, let patch, let subresource): try self.patch(type, key, patch, subresource)
        case .delete(let type, let key, let options): try delete(type, key, options)
        }
    }

    /// What remains to be done before the commit: collect what nobody owns, forget old changes, note the last version.
    mutating func finish() throws {
        try collectUnowned()
        try prune()
        try state.write(db)
    }

    /// Keeps the log at its bound; about one commit in a hundred changes pays for it.
    private mutating func prune() throws {
        let retained = Int64(configuration.retainedChanges)
        let slack = max(1, retained / 100)
        let oldest = state.version - retained
        guard oldest >= state.pruned + slack || (oldest > state.pruned && retained < 100) else { return }
        try db.cachedStatement(sql: "DELETE FROM change WHERE version <= ?").execute(arguments: [oldest])
        state.pruned = oldest
    }
}
