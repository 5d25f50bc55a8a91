internal import GRDB
internal import S3Protocol

/// What S3 clients can do to buckets.
extension ObjectStore {
  /// The buckets that a key has any permission on, by each of their names.
  func buckets(visibleTo caller: Caller) async throws -> [(name: String, created: Timestamp)] {
    try await metadata.read { db in
      let sql = """
        SELECT alias, created FROM access_grant
        JOIN bucket ON bucket.id = access_grant.bucket JOIN bucket_alias ON bucket_alias.bucket = bucket.id
        WHERE key = ? ORDER BY alias
        """
      return try Row.fetchAll(db, sql: sql, arguments: [caller.keyID]).map {
        (name: $0[0], created: Timestamp(milliseconds: $0[1]))
      }
    }
  }

  /// Creates a bucket with all permissions for the caller.
  /// - Throws: `S3Error`: `InvalidBucketName`, `AccessDenied`, `BucketAlreadyOwnedByYou`, `BucketAlreadyExists`.
  func createBucket(_ name: String, by caller: Caller) async throws {
    if let problem = BucketName.problem(name) { throw S3Error(.invalidBucketName, "'\(name.prefix(64))': \(problem)") }
    let (id, now) = (configuration.makeIdentifier(), configuration.clock())
    try await metadata.write { db in
      if let existing = try BucketRecords.fetch(db, alias: name) {
        let grant = try GrantRecords.fetch(db, bucketID: existing.id, keyID: caller.keyID)
        throw Self.bucketExists(name, isOwn: grant?.permissions.contains(.owner) ?? false)
      }
      guard caller.mayCreateBuckets else {
        throw S3Error(.accessDenied, "Access denied: key \(caller.keyID) lacks permission to create buckets.")
      }
      try BucketRecords.insert(db, id, created: now)
      _ = try BucketRecords.update(db, id, BucketSettings(aliases: [name]), nil)
      let all: Permissions = [.read, .write, .owner]
      try GrantRecords.set(db, Grant(bucketID: id, keyID: caller.keyID, permissions: all, mark: nil))
    }
  }

  /// - Throws: `S3Error` with `BucketNotEmpty`.
  func deleteBucket(_ bucket: OpenBucket) async throws {
    do {
      try await deleteBucket(id: bucket.id)
    } catch let error as StoreError where error.code == .notEmpty {
      throw S3Error(.bucketNotEmpty, "The bucket you tried to delete is not empty.")
    }
  }

  private static func bucketExists(_ name: String, isOwn: Bool) -> S3Error {
    isOwn
      ? S3Error(.bucketAlreadyOwnedByYou, "You already own a bucket named '\(name)'.")
      : S3Error(.bucketAlreadyExists, "The bucket name '\(name)' is taken; choose another.")
  }
}
