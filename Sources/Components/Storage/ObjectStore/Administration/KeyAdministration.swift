internal import struct Foundation.Data
internal import GRDB
internal import OpenSSL
internal import S3Protocol

extension ObjectStore {
  /// All access keys, ordered by identifier.
  package func accessKeys() async throws -> [AccessKey] {
    try await metadata.read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM access_key ORDER BY id").map(Self.accessKey)
    }
  }

  /// The key of that identifier; nil when there is none.
  package func accessKey(id: String) async throws -> AccessKey? {
    try await metadata.read { db in
      try Row.fetchOne(db, sql: "SELECT * FROM access_key WHERE id = ?", arguments: [id]).map(Self.accessKey)
    }
  }

  /// The secret of a key; nil when there is no such key.
  /// - Throws: `StoreError` with `damaged` when it cannot be decrypted: the store was opened with another key.
  package func secret(ofKey id: String) async throws -> String? {
    try await metadata.read { db in
      try Data.fetchOne(db, sql: "SELECT sealed_secret FROM access_key WHERE id = ?", arguments: [id])
    }.map { try openSecret(Array($0), keyID: id) }
  }

  /// The secrets of these keys by their identifier, at one look; a key that is not there is left out.
  /// - Returns: for a secret that cannot be decrypted, a `StoreError` with `damaged`.
  package func secrets(ofKeys ids: Set<String>) async throws -> [String: Result<String, any Error>] {
    guard !ids.isEmpty else { return [:] }
    let sealed = try await metadata.read { db in
      try Row.fetchAll(db, sql: "SELECT id, sealed_secret FROM access_key").compactMap { row -> (String, Data)? in
        let id: String = row["id"]
        return ids.contains(id) ? (id, row["sealed_secret"]) : nil
      }
    }
    let opened = sealed.map { id, bytes in (id, Result { try openSecret(Array(bytes), keyID: id) }) }
    return Dictionary(opened, uniquingKeysWith: { first, _ in first })
  }

  /// Takes over a key made elsewhere, or replaces secret, settings and mark of the one with this identifier.
  /// - Parameter replacing: the identifier of a key whose place this one takes: its grants pass over, and it is deleted,
  ///   in the same transaction.
  /// - Throws: `StoreError` with `invalid` for an empty or unusable identifier or secret, `conflict` when the mark is
  ///   another key's.
  package func importKey(
    id: String,
    secret: String,
    _ settings: AccessKeySettings,
    mark: String?,
    replacing old: String? = nil
  ) async throws {
    let isUsable = { (text: String) in !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 47 } }
    guard isUsable(id), id.utf8.count <= 128, !secret.isEmpty, secret.utf8.count <= 1024 else {
      throw StoreError(.invalid, "An access key needs an identifier of printable ASCII without '/' and a secret.")
    }
    let sealed = AuthenticatedEncryption.seal(
      Array(secret.utf8),
      key: configuration.encryptionKey,
      context: Self.secretContext(id)
    )
    try await metadata.write { db in
      if let old, old != id { try db.execute(sql: "UPDATE access_key SET mark = NULL WHERE id = ?", arguments: [old]) }
      try Self.upsertKey(db, id, sealed, settings, mark)
      if let old, old != id { try Self.passOn(db, from: old, to: id) }
    }
  }

  /// Deletes a key with its grants; one that is not there counts as deleted.
  package func deleteKey(id: String) async throws {
    try await metadata.write { db in try db.execute(sql: "DELETE FROM access_key WHERE id = ?", arguments: [id]) }
  }

  func openSecret(_ sealed: [UInt8], keyID: String) throws -> String {
    do {
      let context = Self.secretContext(keyID)
      let secret = try AuthenticatedEncryption.open(sealed, key: configuration.encryptionKey, context: context)
      return String(decoding: secret, as: UTF8.self)
    } catch {
      throw StoreError(
        .damaged,
        "The secret of key \(keyID) cannot be decrypted: the store's encryption key has changed."
      )
    }
  }

  /// Binds a sealed secret to its row, so that it cannot be moved to another.
  static func secretContext(_ keyID: String) -> [UInt8] { Array("access_key/\(keyID)".utf8) }

  private static func upsertKey(
    _ db: Database,
    _ id: String,
    _ sealed: [UInt8],
    _ settings: AccessKeySettings,
    _ mark: String?
  ) throws {
    let holder = try String.fetchOne(db, sql: "SELECT id FROM access_key WHERE mark = ?", arguments: [mark])
    if let holder, mark != nil, holder != id {
      throw StoreError(.conflict, "The mark of key \(id) is that of key \(holder).")
    }
    try db.execute(
      sql: """
        INSERT INTO access_key (id, sealed_secret, name, expiry, may_create_buckets, mark) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET sealed_secret = excluded.sealed_secret, name = excluded.name,
          expiry = excluded.expiry, may_create_buckets = excluded.may_create_buckets, mark = excluded.mark
        """,
      arguments: [
        id, Data(sealed), settings.name, settings.expiry?.milliseconds, settings.mayCreateBuckets, mark,
      ]
    )
  }

  private static func passOn(_ db: Database, from old: String, to new: String) throws {
    try db.execute(sql: "UPDATE OR IGNORE access_grant SET key = ? WHERE key = ?", arguments: [new, old])
    try db.execute(sql: "DELETE FROM access_key WHERE id = ?", arguments: [old])
  }

  static func accessKey(_ row: Row) -> AccessKey {
    let expiry: Int64? = row["expiry"]
    let settings = AccessKeySettings(
      name: row["name"],
      expiry: expiry.map { Timestamp(milliseconds: $0) },
      mayCreateBuckets: row["may_create_buckets"]
    )
    return AccessKey(id: row["id"], settings: settings, mark: row["mark"])
  }
}
