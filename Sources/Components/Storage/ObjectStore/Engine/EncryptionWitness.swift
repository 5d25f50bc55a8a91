internal import struct Foundation.Data
internal import GRDB
internal import OpenSSL

/// A sealed sentence in the database that only the store's own encryption key opens: so a wrong key is noticed at the
/// start, and not by the first client whose secret does not open.
struct EncryptionWitness {
  private static let sentence = Array("this store is sealed with the right key".utf8)
  private static let context = Array("encryption_witness".utf8)

  let key: [UInt8]

  /// A store of an earlier version has no witness, but may have sealed secrets, one of which must open.
  /// - Throws: `StoreError` with `wrongKey`.
  func check(_ db: Database) throws {
    guard try fits(db) else { throw StoreError(.wrongKey, "The object store was sealed with another encryption key.") }
  }

  /// Leaves the witness where there is none.
  func leave(_ db: Database) throws {
    let sealed = Data(AuthenticatedEncryption.seal(Self.sentence, key: key, context: Self.context))
    let statement =
      "INSERT INTO encryption_witness (sealed) SELECT ? WHERE NOT EXISTS (SELECT * FROM encryption_witness)"
    try db.execute(sql: statement, arguments: [sealed])
  }

  private func fits(_ db: Database) throws -> Bool {
    if let sealed = try Data.fetchOne(db, sql: "SELECT sealed FROM encryption_witness") {
      return opens(Array(sealed), Self.context)
    }
    let rows = try Row.fetchCursor(db, sql: "SELECT id, sealed_secret FROM access_key")
    var hasSecrets = false
    while let row = try rows.next() {
      let sealed: Data = row["sealed_secret"]
      if opens(Array(sealed), ObjectStore.secretContext(row["id"])) { return true }
      hasSecrets = true
    }
    return !hasSecrets
  }

  private func opens(_ sealed: [UInt8], _ context: [UInt8]) -> Bool {
    (try? AuthenticatedEncryption.open(sealed, key: key, context: context)) != nil
  }
}
