internal import GRDB

extension ObjectStore {
  /// All grants, ordered by bucket and key.
  package func grants() async throws -> [Grant] {
    try await metadata.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM access_grant ORDER BY bucket, key").map(GrantRecords.grant)
    }
  }

  /// The permissions of a key on a bucket; nil when there is no grant.
  package func grant(bucketID: String, keyID: String) async throws -> Grant? {
    try await metadata.read { db in try GrantRecords.fetch(db, bucketID: bucketID, keyID: keyID) }
  }

  /// Sets what a key may do in a bucket, replacing what it may do now.
  /// - Throws: `StoreError` with `notFound` when there is no such bucket or key.
  package func setGrant(bucketID: String, keyID: String, _ permissions: Permissions, mark: String?) async throws {
    let grant = Grant(bucketID: bucketID, keyID: keyID, permissions: permissions, mark: mark)
    try await metadata.write { db in try GrantRecords.set(db, grant) }
  }

  /// Takes all permissions of a key on a bucket away; a grant that is not there counts as removed.
  package func removeGrant(bucketID: String, keyID: String) async throws {
    try await metadata.write { db in
      try db.execute(sql: "DELETE FROM access_grant WHERE bucket = ? AND key = ?", arguments: [bucketID, keyID])
    }
  }
}

/// The statements about grants.
enum GrantRecords {
  static func fetch(_ db: Database, bucketID: String, keyID: String) throws -> Grant? {
    let sql = "SELECT * FROM access_grant WHERE bucket = ? AND key = ?"
    return try Row.fetchOne(db, sql: sql, arguments: [bucketID, keyID]).map(grant)
  }

  static func grant(_ row: Row) -> Grant {
    var permissions: Permissions = []
    if row["may_read"] { permissions.insert(.read) }
    if row["may_write"] { permissions.insert(.write) }
    if row["is_owner"] { permissions.insert(.owner) }
    return Grant(bucketID: row["bucket"], keyID: row["key"], permissions: permissions, mark: row["mark"])
  }

  static func set(_ db: Database, _ grant: Grant) throws {
    for (table, id) in [("bucket", grant.bucketID), ("access_key", grant.keyID)] {
      guard try Bool.fetchOne(db, sql: "SELECT 1 FROM \(table) WHERE id = ?", arguments: [id]) ?? false else {
        let name = table == "bucket" ? "bucket" : "access key"
        throw StoreError(.notFound, "There is no \(name) \(id) to grant for.")
      }
    }
    let permissions = grant.permissions
    try db.execute(
      sql: """
        INSERT OR REPLACE INTO access_grant (bucket, key, may_read, may_write, is_owner, mark) VALUES (?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        grant.bucketID, grant.keyID, permissions.contains(.read), permissions.contains(.write),
        permissions.contains(.owner), grant.mark,
      ]
    )
  }
}
