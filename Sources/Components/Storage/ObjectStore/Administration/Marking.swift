internal import GRDB

/// Puts a mark beside what is there, and changes nothing else, not even how a secret is encrypted: one column of one row.
extension ObjectStore {
  /// - Throws: `StoreError` with `notFound`, or `conflict` when the mark is another bucket's.
  package func markBucket(id: String, _ mark: String) async throws {
    try await metadata.write { db in try Self.mark(db, "bucket", id, mark) }
  }

  /// - Throws: `StoreError` with `notFound`, or `conflict` when the mark is another key's.
  package func markKey(id: String, _ mark: String) async throws {
    try await metadata.write { db in try Self.mark(db, "access_key", id, mark) }
  }

  /// - Throws: `StoreError` with `notFound`.
  package func markGrant(bucketID: String, keyID: String, _ mark: String) async throws {
    try await metadata.write { db in
      let statement = "UPDATE access_grant SET mark = ? WHERE bucket = ? AND key = ?"
      try db.execute(sql: statement, arguments: [mark, bucketID, keyID])
      guard db.changesCount == 1 else {
        throw StoreError(.notFound, "Key \(keyID) has no grant on bucket \(bucketID).")
      }
    }
  }

  /// The marks of all buckets and keys that have one.
  package func marks() async throws -> [String] {
    let statement = """
      SELECT mark FROM bucket WHERE mark IS NOT NULL UNION SELECT mark FROM access_key WHERE mark IS NOT NULL
      """
    return try await metadata.read { db in try String.fetchAll(db, sql: statement) }
  }

  private static func mark(_ db: Database, _ table: String, _ id: String, _ mark: String) throws {
    let holder = try String.fetchOne(db, sql: "SELECT id FROM \(table) WHERE mark = ?", arguments: [mark])
    if let holder, holder != id { throw StoreError(.conflict, "The mark of \(id) is that of \(holder).") }
    try db.execute(sql: "UPDATE \(table) SET mark = ? WHERE id = ?", arguments: [mark, id])
    guard db.changesCount == 1 else { throw StoreError(.notFound, "There is no \(id).") }
  }
}
