import Foundation
import GRDB
import ObjectStore

extension StoreError {
    /// What a failure below means to a caller of the store. Cancellation stays what it is.
    static func mapping(_ error: any Error) -> any Error {
        switch error {
        case is StoreError, is CancellationError: error
        case let error as DatabaseError: StoreError(error)
        default: StoreError(.internalError, "the store holds an object that it cannot read: \(error)")
        }
    }

    private init(_ error: DatabaseError) {
        let detail = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_FULL:
            self.init(.internalError, "the store's disk is full (\(detail)); free some space", retryAfterSeconds: 5)
        case .SQLITE_MISUSE:
            self.init(.unavailable, "the store is closed")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(
                .unavailable,
                "the store's database is locked by another program (\(detail))",
                retryAfterSeconds: 1
            )
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self.init(.internalError, "the store's database is damaged (\(detail)); restore it from a backup")
        default:
            self.init(.internalError, "the store's database failed: \(detail)")
        }
    }
}
