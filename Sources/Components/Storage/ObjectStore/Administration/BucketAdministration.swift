internal import GRDB
internal import S3Protocol

extension ObjectStore {
  /// All buckets, ordered by identifier.
  package func buckets() async throws -> [Bucket] {
    try await metadata.read { db in try BucketRecords.fetchAll(db) }
  }

  /// The bucket of that identifier; nil when there is none.
  package func bucket(id: String) async throws -> Bucket? {
    try await metadata.read { db in try BucketRecords.fetch(db, where: "id = ?", [id]).first }
  }

  /// The bucket that has this alias; nil when there is none.
  package func bucket(alias: String) async throws -> Bucket? {
    try await metadata.read { db in try BucketRecords.fetch(db, alias: alias) }
  }

  /// Creates a bucket; when one with this mark exists, that one is given these settings and returned instead, so that
  /// a creation whose answer was lost can be repeated.
  /// - Throws: `StoreError` with `conflict` when an alias is another bucket's, `invalid` for a bad alias or quota.
  package func createBucket(_ settings: BucketSettings, mark: String?) async throws -> Bucket {
    let (id, now) = (configuration.makeIdentifier(), configuration.clock())
    return try await metadata.write { db in
      let existing = try mark.map { try BucketRecords.fetch(db, where: "mark = ?", [$0]) } ?? []
      if let existing = existing.first { return try BucketRecords.update(db, existing.id, settings, mark) }
      try BucketRecords.insert(db, id, created: now)
      return try BucketRecords.update(db, id, settings, mark)
    }
  }

  /// Replaces all settings of a bucket, and its mark.
  /// - Throws: `StoreError` with `notFound`, `conflict`, `invalid`.
  package func updateBucket(id: String, _ settings: BucketSettings, mark: String?) async throws -> Bucket {
    try await metadata.write { db in try BucketRecords.update(db, id, settings, mark) }
  }

  /// Deletes an empty bucket, with its aliases and grants; one that is not there counts as deleted. Uploads in progress
  /// are given up.
  /// - Throws: `StoreError` with `notEmpty` when it holds objects: they must be deleted first, knowingly.
  package func deleteBucket(id: String) async throws {
    let files = try await metadata.write { db in try BucketRecords.delete(db, id) }
    await discard(files)
  }
}

/// The statements about buckets.
enum BucketRecords {
  /// All of them, with two statements however many there are.
  static func fetchAll(_ db: Database) throws -> [Bucket] {
    let names = try Row.fetchAll(db, sql: "SELECT bucket, alias FROM bucket_alias ORDER BY alias")
    let aliases = Dictionary(grouping: names) { $0["bucket"] as String }.mapValues { $0.map { $0["alias"] as String } }
    let rows = try Row.fetchAll(db, sql: "SELECT * FROM bucket ORDER BY id")
    return rows.map { bucket($0, aliases[$0["id"]] ?? []) }
  }

  static func fetch(_ db: Database, where condition: String, _ arguments: StatementArguments) throws -> [Bucket] {
    let rows = try Row.fetchAll(db, sql: "SELECT * FROM bucket WHERE \(condition) ORDER BY id", arguments: arguments)
    return try rows.map { row in
      let aliases = try String.fetchAll(
        db,
        sql: "SELECT alias FROM bucket_alias WHERE bucket = ? ORDER BY alias",
        arguments: [row["id"] as String]
      )
      return bucket(row, aliases)
    }
  }

  static func fetch(_ db: Database, alias: String) throws -> Bucket? {
    try fetch(db, where: "id = (SELECT bucket FROM bucket_alias WHERE alias = ?)", [alias]).first
  }

  private static func bucket(_ row: Row, _ aliases: [String]) -> Bucket {
    let index: String? = row["index_document"]
    let quotas = BucketSettings.Quotas(
      maximumByteCount: row["maximum_bytes"],
      maximumObjectCount: row["maximum_objects"]
    )
    let website = index.map { BucketSettings.Website(index: $0, error: row["error_document"]) }
    return Bucket(
      id: row["id"],
      settings: BucketSettings(aliases: aliases, website: website, quotas: quotas),
      created: Timestamp(milliseconds: row["created"]),
      mark: row["mark"],
      byteCount: row["used_bytes"],
      objectCount: row["used_objects"]
    )
  }

  static func insert(_ db: Database, _ id: String, created: Timestamp) throws {
    try db.execute(sql: "INSERT INTO bucket (id, created) VALUES (?, ?)", arguments: [id, created.milliseconds])
  }

  static func update(_ db: Database, _ id: String, _ settings: BucketSettings, _ mark: String?) throws -> Bucket {
    try validate(settings)
    try db.execute(
      sql: """
        UPDATE bucket SET mark = ?, index_document = ?, error_document = ?, maximum_bytes = ?, maximum_objects = ?
        WHERE id = ?
        """,
      arguments: [
        mark, settings.website?.index, settings.website?.error, settings.quotas.maximumByteCount,
        settings.quotas.maximumObjectCount, id,
      ]
    )
    guard db.changesCount == 1 else { throw StoreError(.notFound, "There is no bucket \(id).") }
    try setAliases(db, id, settings.aliases)
    guard let bucket = try fetch(db, where: "id = ?", [id]).first else {
      throw StoreError(.notFound, "There is no bucket \(id).")
    }
    return bucket
  }

  private static func validate(_ settings: BucketSettings) throws {
    for alias in settings.aliases {
      if let problem = BucketName.problem(alias) { throw StoreError(.invalid, "'\(alias)': \(problem)") }
    }
    let quotas = [settings.quotas.maximumByteCount, settings.quotas.maximumObjectCount]
    if quotas.contains(where: { $0.map { $0 < 0 } ?? false }) {
      throw StoreError(.invalid, "A quota must not be negative.")
    }
  }

  private static func setAliases(_ db: Database, _ id: String, _ aliases: [String]) throws {
    try db.execute(sql: "DELETE FROM bucket_alias WHERE bucket = ?", arguments: [id])
    for alias in Set(aliases) {
      let sql = "SELECT bucket FROM bucket_alias WHERE alias = ?"
      if let other = try String.fetchOne(db, sql: sql, arguments: [alias]) {
        throw StoreError(.conflict, "The alias '\(alias)' belongs to bucket \(other).")
      }
      try db.execute(sql: "INSERT INTO bucket_alias (alias, bucket) VALUES (?, ?)", arguments: [alias, id])
    }
  }

  /// - Returns: the files of unfinished uploads, to be removed after the commit.
  static func delete(_ db: Database, _ id: String) throws -> [String] {
    let sql = "SELECT used_objects FROM bucket WHERE id = ?"
    guard let objectCount = try Int64.fetchOne(db, sql: sql, arguments: [id]) else { return [] }
    guard objectCount == 0 else {
      throw StoreError(.notEmpty, "Bucket \(id) holds \(objectCount) objects; delete them first.")
    }
    let partFiles = "SELECT file FROM part WHERE upload IN (SELECT id FROM upload WHERE bucket = ?)"
    let files = try String.fetchAll(db, sql: partFiles, arguments: [id])
    try db.execute(sql: "DELETE FROM bucket WHERE id = ?", arguments: [id])
    return files
  }
}
