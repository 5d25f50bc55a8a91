internal import Foundation
internal import GRDB
internal import S3Protocol

/// The statements about objects. Each keeps the bucket's usage in step, in the same transaction.
enum ObjectRecords {
  static func fetch(_ db: Database, bucketID: String, key: String) throws -> ObjectRecord? {
    let statement = try db.cachedStatement(sql: "SELECT * FROM object WHERE bucket = ? AND key = ?")
    return try Row.fetchOne(statement, arguments: [bucketID, Data(key.utf8)]).map(ObjectRecord.init)
  }

  /// Puts an object in place of whatever is there under its key.
  /// - Returns: the files that nothing refers to any more, to be removed after the commit.
  /// - Throws: `S3Error` with `QuotaExceeded`, `NoSuchBucket` when the bucket was deleted meanwhile, or
  ///   `PreconditionFailed`.
  static func put(
    _ db: Database,
    _ record: ObjectRecord,
    bucketID: String,
    inline bytes: [UInt8]?,
    preconditions: Preconditions?
  ) throws -> [String] {
    let previous = try fetch(db, bucketID: bucketID, key: record.key)
    if let preconditions, !preconditions.allowsWrite(over: previous?.etag) {
      throw S3Error(.preconditionFailed, "The object has changed, or exists: If-Match or If-None-Match does not hold.")
    }
    let added = Usage(bytes: record.size - (previous?.size ?? 0), objects: previous == nil ? 1 : 0)
    try Usage.check(db, bucketID: bucketID, adding: added)
    let files = try previous.map { try removeContent(db, $0) } ?? []
    if let bytes {
      let sql = "INSERT INTO inline_content (id, bytes) VALUES (?, ?)"
      try db.executeCached(sql, [record.content.id, Data(bytes)])
    }
    let sql = "INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    try db.executeCached(sql, try record.arguments(bucketID: bucketID))
    try Usage.add(db, bucketID: bucketID, added)
    return files
  }

  /// Deletes an object; one that is not there counts as deleted.
  /// - Returns: the files that nothing refers to any more, to be removed after the commit.
  static func delete(_ db: Database, bucketID: String, key: String) throws -> [String] {
    guard let record = try fetch(db, bucketID: bucketID, key: key) else { return [] }
    let files = try removeContent(db, record)
    let sql = "DELETE FROM object WHERE bucket = ? AND key = ?"
    try db.executeCached(sql, [bucketID, Data(key.utf8)])
    try Usage.add(db, bucketID: bucketID, Usage(bytes: -record.size, objects: -1))
    return files
  }

  /// One page of keys, in the order of their bytes.
  static func list(_ db: Database, bucketID: String, _ request: ListingRequest) throws -> ListingPage {
    var collector = ListingCollector(request)
    var objects: [ListedObject] = []
    var (lower, isInclusive) = collector.lowerBound
    let upper = collector.upperBound.map { Data($0) }
    scan: while true {
      let sql = """
        SELECT key, size, etag, modified FROM object
        WHERE bucket = ? AND key \(isInclusive ? ">=" : ">") ? \(upper == nil ? "" : "AND key < ?") ORDER BY key
        """
      let arguments: [(any DatabaseValueConvertible)?] = [bucketID, Data(lower)] + (upper.map { [$0] } ?? [])
      let statement = try db.cachedStatement(sql: sql)
      let rows = try Row.fetchCursor(statement, arguments: StatementArguments(arguments))
      while let row = try rows.next() {
        let key = row[0] as Data
        switch collector.consider(Array(key)) {
        case .take: objects.append(listed(row, key))
        case .stop: break scan
        case .skip(let bound):
          (lower, isInclusive) = (bound, true)
          continue scan
        }
      }
      break
    }
    return ListingPage(objects: objects, collector)
  }

  private static func listed(_ row: Row, _ key: Data) -> ListedObject {
    ListedObject(
      key: String(decoding: key, as: UTF8.self),
      size: row[1],
      etag: row[2],
      modified: Timestamp(milliseconds: row[3])
    )
  }

  private static func removeContent(_ db: Database, _ record: ObjectRecord) throws -> [String] {
    switch record.content {
    case .inline(let id):
      try db.executeCached("DELETE FROM inline_content WHERE id = ?", [id])
      return []
    case .file(let id): return [id]
    case .parts(let upload): return try UploadRecords.delete(db, upload: upload)
    }
  }
}

/// A change of, or a look at, how much a bucket holds.
struct Usage: Hashable, Sendable {
  var bytes: Int64
  var objects: Int64

  static func add(_ db: Database, bucketID: String, _ change: Usage) throws {
    try db.executeCached(
      "UPDATE bucket SET used_bytes = used_bytes + ?, used_objects = used_objects + ? WHERE id = ?",
      [change.bytes, change.objects, bucketID]
    )
  }

  /// Shrinking is always allowed, so that a bucket over a lowered quota can be brought below it.
  static func check(_ db: Database, bucketID: String, adding change: Usage) throws {
    let sql = "SELECT maximum_bytes, used_bytes, maximum_objects, used_objects FROM bucket WHERE id = ?"
    guard let row = try Row.fetchOne(try db.cachedStatement(sql: sql), arguments: [bucketID]) else {
      throw S3Error(.noSuchBucket, "The specified bucket does not exist.")
    }
    let used = Usage(bytes: row[1], objects: row[3])
    if change.bytes > 0, let limit = row[0] as Int64?, used.bytes + change.bytes > limit {
      throw S3Error(
        .quotaExceeded,
        "The bucket's quota of \(limit) bytes would be exceeded; it holds \(used.bytes)."
      )
    }
    if change.objects > 0, let limit = row[2] as Int64?, used.objects + change.objects > limit {
      throw S3Error(.quotaExceeded, "The bucket's quota of \(limit) objects would be exceeded; it holds that many.")
    }
  }
}

extension Database {
  /// Executes a statement that is prepared once for each connection: preparing takes longer than most of them.
  func executeCached(_ sql: String, _ arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }
}
