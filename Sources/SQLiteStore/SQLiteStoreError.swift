/// Why a store could not be opened: which file, what is wrong with it, what to do.
package struct SQLiteStoreError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        /// The folder cannot be made, or is not a folder.
        case folderUnusable
        /// The folder or a file in it may not be read or written.
        case notWritable
        /// Another process has the store open.
        case locked
        /// The file is a database of another program, or no database at all.
        case foreignFile
        /// The database is damaged.
        case corrupt
        /// A newer version of this program wrote the database.
        case newerSchema
        /// There is no space left.
        case diskFull
        /// Anything else that the file system or SQLite reports.
        case failed
    }

    package var reason: Reason
    /// The file or folder that is at fault.
    package var path: String
    /// What is wrong, and what to do.
    package var message: String

    package init(_ reason: Reason, path: String, _ message: String) {
        self.reason = reason
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message)" }
}
