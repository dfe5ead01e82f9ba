import GRDB

/// The tables, and how older ones become them.
///
/// | table | a row is |
/// |---|---|
/// | `object` | an object that exists: its key, its version, its labels for selectors, its JSON text |
/// | `owner` | an owner reference, so that a deletion finds what it takes along |
/// | `change` | one version: what happened to which object, and the JSON text before it |
/// | `state` | one row: the last version given, and the newest one that the log has forgotten |
///
/// The text after a change is not kept with the change: it is the text before the object's next change, or the text of
/// the object itself. `object.id` is never used twice, so a deleted object and its later namesake stay apart. Versions
/// begin after 1: to Kubernetes' clients, 0 means any version.
enum Schema {
    /// Marks a file as ours (`PRAGMA application_id`): "jmps".
    static let applicationID: Int32 = 0x6A6D_7073

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1", migrate: createTables)
        return migrator
    }

    private static func createTables(_ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE object (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    type TEXT NOT NULL,
                    namespace TEXT NOT NULL,
                    name TEXT NOT NULL,
                    uid TEXT NOT NULL UNIQUE,
                    version INTEGER NOT NULL,
                    labels TEXT NOT NULL,
                    body TEXT NOT NULL,
                    UNIQUE (type, namespace, name)
                );
                CREATE INDEX object_namespace ON object (namespace);
                CREATE TABLE owner (
                    uid TEXT NOT NULL,
                    object INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
                    PRIMARY KEY (uid, object)
                ) WITHOUT ROWID;
                CREATE INDEX owner_object ON owner (object);
                CREATE TABLE change (
                    version INTEGER PRIMARY KEY,
                    type TEXT NOT NULL,
                    object INTEGER NOT NULL,
                    namespace TEXT NOT NULL,
                    name TEXT NOT NULL,
                    labels TEXT NOT NULL,
                    previous_labels TEXT,
                    previous TEXT
                );
                CREATE INDEX change_type ON change (type, version);
                CREATE INDEX change_object ON change (object, version);
                CREATE TABLE state (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    version INTEGER NOT NULL,
                    pruned INTEGER NOT NULL
                );
                INSERT INTO state VALUES (1, 1, 1);
                """
        )
    }
}
