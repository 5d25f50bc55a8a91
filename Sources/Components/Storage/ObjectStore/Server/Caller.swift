internal import Foundation
internal import GRDB
internal import S3Protocol

/// Who makes a request, once the signature is verified.
struct Caller: Sendable {
  let keyID: String
  let mayCreateBuckets: Bool
  let verified: SignatureVerifier.Verified
}

/// A bucket that a caller was let into.
struct OpenBucket: Sendable {
  let id: String
  let name: String
}

extension ObjectStore {
  /// Finds out who signed a request.
  /// - Throws: `S3Error`: `AccessDenied` for an anonymous request, `InvalidAccessKeyId` for an unknown or expired key,
  ///   and what `SignatureVerifier` throws.
  func authenticate(_ head: RequestHead) async throws -> Caller {
    guard let authorization = try Authorization.parse(head) else {
      throw S3Error(.accessDenied, "Anonymous access is not allowed here: sign the request.")
    }
    let keyID = authorization.accessKeyID
    let row = try await metadata.read { db in
      let sql = "SELECT sealed_secret, expiry, may_create_buckets FROM access_key WHERE id = ?"
      return try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [keyID]).map {
        (sealed: Array($0[0] as Data), expiry: $0[1] as Int64?, mayCreateBuckets: $0[2] as Bool)
      }
    }
    guard let row else {
      throw S3Error(.invalidAccessKeyID, "The AWS access key ID you provided does not exist in our records.")
    }
    let now = configuration.clock()
    let secret = try openSecret(row.sealed, keyID: keyID)
    let verifier = SignatureVerifier(region: configuration.region)
    let verified = try verifier.verify(head, authorization, secret: secret, now: now)
    // After the signature, so that only its holder learns that the key has expired.
    if let expiry = row.expiry, now.milliseconds >= expiry {
      throw S3Error(.invalidAccessKeyID, "The access key has expired.")
    }
    return Caller(keyID: keyID, mayCreateBuckets: row.mayCreateBuckets, verified: verified)
  }

  /// Finds a bucket by name and checks that the caller may do what they are about to do.
  /// - Throws: `S3Error`: `NoSuchBucket`, `AccessDenied`.
  func authorize(_ caller: Caller, _ name: String, _ needed: Permissions) async throws -> OpenBucket {
    let found = try await metadata.read { db in
      let sql = """
        SELECT bucket_alias.bucket, coalesce(may_read, 0) + coalesce(may_write, 0) * 2 + coalesce(is_owner, 0) * 4
        FROM bucket_alias LEFT JOIN access_grant ON access_grant.bucket = bucket_alias.bucket AND key = ?
        WHERE alias = ?
        """
      return try Row.fetchOne(db.cachedStatement(sql: sql), arguments: [caller.keyID, name]).map {
        (id: $0[0] as String, permissions: Permissions(rawValue: UInt8($0[1] as Int)))
      }
    }
    guard let found else { throw S3Error(.noSuchBucket, "The specified bucket does not exist: \(name).") }
    guard !found.permissions.isDisjoint(with: needed) else {
      throw S3Error(.accessDenied, "Access denied: key \(caller.keyID) lacks permission to \(needed.words) '\(name)'.")
    }
    return OpenBucket(id: found.id, name: name)
  }
}

extension Permissions {
  /// For messages: `read`, `read or write`.
  var words: String {
    let all: [(Permissions, String)] = [(.read, "read"), (.write, "write"), (.owner, "own")]
    return all.filter { contains($0.0) }.map(\.1).joined(separator: " or ")
  }
}
