internal import S3Protocol
internal import GRDB
internal import OpenSSL

/// What can be done to objects once the caller is let in. Every method that changes something returns when that is
/// durable.
extension ObjectStore {
  /// Refuses early what the quota cannot take, before the body is read; the answer that counts is given at the commit.
  func checkQuota(_ bucket: OpenBucket, key: String, byteCount: Int64) async throws {
    try await metadata.read { db in
      let previous = try ObjectRecords.fetch(db, bucketID: bucket.id, key: key)
      let change = Usage(bytes: byteCount - (previous?.size ?? 0), objects: previous == nil ? 1 : 0)
      try Usage.check(db, bucketID: bucket.id, adding: change)
    }
  }

  /// A sink for one upload under a new identifier.
  func makeSink(_ expectation: UploadSink.Expectation) -> UploadSink {
    UploadSink(id: configuration.makeIdentifier(), expectation, blobs)
  }

  /// Makes a finished upload the object under `key`.
  /// - Parameter headers: to be kept with it; verified checksums are added.
  func commit(
    _ finished: UploadSink.Finished,
    _ sink: UploadSink,
    in bucket: OpenBucket,
    key: String,
    headers: [String: String],
    preconditions: Preconditions?
  ) async throws -> ObjectRecord {
    let record = ObjectRecord(
      key: key,
      size: finished.byteCount,
      etag: Hex.encode(finished.md5),
      modified: configuration.clock(),
      headers: headers.merging(finished.checksums) { $1 },
      content: finished.inline == nil ? .file(sink.id) : .inline(sink.id)
    )
    let replaced = try await write(sink) { db in
      try ObjectRecords.put(
        db,
        record,
        bucketID: bucket.id,
        inline: finished.inline,
        preconditions: preconditions
      )
    }
    await discard(replaced)
    return record
  }

  /// Commits what refers to a sink's file, and removes the file when that is refused.
  ///
  /// It is left to the next start when the commit itself fails: part of it may have reached the disk, so that after a
  /// crash the row may be there, and then the file must be.
  func write<Value: Sendable>(
    _ sink: UploadSink,
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    do {
      return try await metadata.write(body)
    } catch let refusal as S3Error {
      await discard([sink.id])
      throw refusal
    }
  }

  func deleteObject(_ bucket: OpenBucket, key: String) async throws {
    let files = try await metadata.write { db in try ObjectRecords.delete(db, bucketID: bucket.id, key: key) }
    await discard(files)
  }

  /// Deletes all the keys in one transaction.
  func deleteObjects(_ bucket: OpenBucket, keys: [String]) async throws {
    let files = try await metadata.write { db in
      try keys.flatMap { try ObjectRecords.delete(db, bucketID: bucket.id, key: $0) }
    }
    await discard(files)
  }

  func list(_ bucket: OpenBucket, _ request: ListingRequest) async throws -> ListingPage {
    try await metadata.read { db in try ObjectRecords.list(db, bucketID: bucket.id, request) }
  }

  func head(_ bucket: OpenBucket, key: String) async throws -> ObjectRecord {
    let record = try await metadata.read { db in try ObjectRecords.fetch(db, bucketID: bucket.id, key: key) }
    guard let record else { throw S3Error(.noSuchKey, "The specified key does not exist.") }
    return record
  }
}
