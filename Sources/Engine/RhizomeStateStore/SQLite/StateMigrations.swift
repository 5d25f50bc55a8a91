internal import GRDB

/// The history of the database's shape: named, append-only, each applied once in one transaction.
enum StateMigrations {
  /// Never change a migration that was released; add one.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 entries, changes and leases", migrate: entriesChangesAndLeases)
    migrator.registerMigration("2 size of the history", migrate: sizeOfTheHistory)
    return migrator
  }

  /// So that history is bounded in bytes too, without adding them all up at each write.
  private static func sizeOfTheHistory(_ database: Database) throws {
    try database.execute(
      sql: "INSERT INTO counter SELECT 'historyBytes', coalesce(sum(length(value)), 0) FROM change"
    )
  }

  private static func entriesChangesAndLeases(_ database: Database) throws {
    try database.execute(
      sql: """
        CREATE TABLE counter (
          name TEXT PRIMARY KEY,
          value INTEGER NOT NULL
        ) WITHOUT ROWID;
        INSERT INTO counter VALUES ('revision', 0), ('compacted', 0), ('lease', 0);

        CREATE TABLE lease (
          id INTEGER PRIMARY KEY,
          timeToLiveMilliseconds INTEGER NOT NULL
        );

        CREATE TABLE entry (
          key TEXT PRIMARY KEY,
          value BLOB NOT NULL,
          creationRevision INTEGER NOT NULL,
          modificationRevision INTEGER NOT NULL,
          version INTEGER NOT NULL,
          lease INTEGER REFERENCES lease(id)
        ) WITHOUT ROWID;
        CREATE INDEX entryByLease ON entry(lease) WHERE lease IS NOT NULL;

        -- The value is null when the key was deleted.
        CREATE TABLE change (
          modificationRevision INTEGER NOT NULL,
          key TEXT NOT NULL,
          value BLOB,
          creationRevision INTEGER,
          version INTEGER,
          lease INTEGER,
          PRIMARY KEY (modificationRevision, key)
        ) WITHOUT ROWID;
        """
    )
  }
}
