internal import Foundation
internal import GRDB
internal import S3Protocol

/// The statements about multipart uploads and their parts.
///
/// A finished upload stays as the list of the object's parts, so that finishing it copies nothing.
enum UploadRecords {
  struct Part: Hashable, Sendable {
    let number: Int
    let size: Int64
    let etag: String
    let modified: Timestamp
    let file: String
  }

  /// - Throws: `S3Error` with `NoSuchUpload` unless an upload of that identifier is in progress for this key.
  static func headers(_ db: Database, upload: String, bucketID: String, key: String) throws -> [String: String] {
    let sql = "SELECT headers FROM upload WHERE id = ? AND bucket = ? AND key = ? AND is_complete = 0"
    guard let headers = try Data.fetchOne(db, sql: sql, arguments: [upload, bucketID, Data(key.utf8)]) else {
      throw S3Error(
        .noSuchUpload,
        "The specified multipart upload does not exist; it may have been completed or aborted."
      )
    }
    return try JSONDecoder().decode([String: String].self, from: headers)
  }

  static func create(_ db: Database, upload: ListedUpload, bucketID: String, headers: String) throws {
    try db.execute(
      sql: "INSERT INTO upload (id, bucket, key, started, headers) VALUES (?, ?, ?, ?, ?)",
      arguments: [upload.id, bucketID, Data(upload.key.utf8), upload.started.milliseconds, headers]
    )
  }

  /// Adds a part, or replaces the one of the same number.
  /// - Returns: the replaced file, to be removed after the commit.
  static func put(_ db: Database, _ part: Part, upload: String) throws -> [String] {
    let sql = "SELECT file FROM part WHERE upload = ? AND number = ?"
    let replaced = try String.fetchAll(db, sql: sql, arguments: [upload, part.number])
    try db.execute(
      sql: "INSERT OR REPLACE INTO part (upload, number, size, etag, modified, file) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [upload, part.number, part.size, part.etag, part.modified.milliseconds, part.file]
    )
    return replaced
  }

  static func parts(_ db: Database, upload: String) throws -> [Part] {
    try Row.fetchAll(db, sql: "SELECT * FROM part WHERE upload = ? ORDER BY number", arguments: [upload]).map {
      Part(
        number: $0["number"],
        size: $0["size"],
        etag: $0["etag"],
        modified: Timestamp(milliseconds: $0["modified"]),
        file: $0["file"]
      )
    }
  }

  static func list(_ db: Database, bucketID: String) throws -> [ListedUpload] {
    let sql = "SELECT * FROM upload WHERE bucket = ? AND is_complete = 0 ORDER BY key, id LIMIT 1000"
    return try Row.fetchAll(db, sql: sql, arguments: [bucketID]).map {
      ListedUpload(
        id: $0["id"],
        key: String(decoding: $0["key"] as Data, as: UTF8.self),
        started: Timestamp(milliseconds: $0["started"])
      )
    }
  }

  /// Makes the chosen parts the content of an object, and drops the others.
  /// - Returns: the dropped files, to be removed after the commit.
  static func complete(_ db: Database, upload: String, keeping numbers: Set<Int>) throws -> [String] {
    let dropped = try parts(db, upload: upload).filter { !numbers.contains($0.number) }
    for part in dropped {
      try db.execute(sql: "DELETE FROM part WHERE upload = ? AND number = ?", arguments: [upload, part.number])
    }
    try db.execute(sql: "UPDATE upload SET is_complete = 1 WHERE id = ?", arguments: [upload])
    return dropped.map(\.file)
  }

  /// Deletes an upload, in progress or finished.
  /// - Returns: its files, to be removed after the commit.
  static func delete(_ db: Database, upload: String) throws -> [String] {
    let files = try String.fetchAll(db, sql: "SELECT file FROM part WHERE upload = ?", arguments: [upload])
    try db.execute(sql: "DELETE FROM upload WHERE id = ?", arguments: [upload])
    return files
  }
}
