internal import GRDB

/// Looks for single objects, so that nobody has to read all of them to find one.
extension ObjectStore {
  /// Buckets whose mark holds a text, that have one of these identifiers or one of these aliases; ordered by identifier.
  package func buckets(markHolding text: String, ids: Set<String> = [], aliases: Set<String> = []) async throws
    -> [Bucket]
  {
    let condition = """
      instr(mark, ?) > 0 OR id IN (\(Self.places(ids))) OR id IN
        (SELECT bucket FROM bucket_alias WHERE alias IN (\(Self.places(aliases))))
      """
    let arguments = StatementArguments([text] + ids.sorted() + aliases.sorted())
    return try await metadata.read { db in try BucketRecords.fetch(db, where: condition, arguments) }
  }

  /// Access keys whose mark holds a text or that have one of these identifiers; ordered by identifier.
  package func accessKeys(markHolding text: String, ids: Set<String> = []) async throws -> [AccessKey] {
    let sql = "SELECT * FROM access_key WHERE instr(mark, ?) > 0 OR id IN (\(Self.places(ids))) ORDER BY id"
    let arguments = StatementArguments([text] + ids.sorted())
    return try await metadata.read { db in
      try Row.fetchAll(db, sql: sql, arguments: arguments).map(Self.accessKey)
    }
  }

  /// Grants whose mark holds a text, or that stand between one of these buckets and one of these keys; ordered by bucket
  /// and key.
  package func grants(markHolding text: String, bucketIDs: Set<String>, keyIDs: Set<String>) async throws -> [Grant] {
    let sql = """
      SELECT * FROM access_grant WHERE instr(mark, ?) > 0
        OR (bucket IN (\(Self.places(bucketIDs))) AND key IN (\(Self.places(keyIDs)))) ORDER BY bucket, key
      """
    let arguments = StatementArguments([text] + bucketIDs.sorted() + keyIDs.sorted())
    return try await metadata.read { db in
      try Row.fetchAll(db, sql: sql, arguments: arguments).map(GrantRecords.grant)
    }
  }

  /// A question mark for each value.
  private static func places(_ values: Set<String>) -> String {
    values.map { _ in "?" }.joined(separator: ", ")
  }
}
