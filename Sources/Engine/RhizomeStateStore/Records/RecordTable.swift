#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Records of one type below one prefix, kept as JSON with sorted keys, so that equal records are equal bytes.
package struct RecordTable<Record: Codable & Sendable>: Sendable {
  package let store: any StateStore
  package let prefix: StatePrefix

  package init(_ store: any StateStore, prefix: StatePrefix) {
    self.store = store
    self.prefix = prefix
  }

  /// The record called `name`, or nil.
  /// - Throws: `unreadableRecord` when what is stored has another form.
  package func get(_ name: String) async throws -> Record? {
    try await store.get(prefix.key(name)).map(decode)
  }

  /// All records by name as they stood at one revision.
  package func all() async throws -> (revision: StoreRevision, records: [(name: String, record: Record)]) {
    let snapshot = try await store.list(prefix)
    return (snapshot.revision, try snapshot.entries.map { (prefix.suffix(of: $0.key) ?? "", try decode($0)) })
  }

  /// Stores a record unless the same one is there already.
  /// - Returns: whether anything was written.
  @discardableResult
  package func put(_ name: String, _ record: Record) async throws -> Bool {
    let (key, value) = (try prefix.key(name), try RecordTable.encode(record))
    guard try await store.get(key)?.value != value else { return false }
    try await store.put(key, value)
    return true
  }

  package func remove(_ name: String) async throws { try await store.delete(prefix.key(name)) }

  /// The operation that stores a record, for transactions over several tables.
  package func putting(_ name: String, _ record: Record) throws -> StateOperation {
    .put(try prefix.key(name), try RecordTable.encode(record))
  }

  /// The operation that removes a record, likewise.
  package func removing(_ name: String) throws -> StateOperation { .delete(try prefix.key(name)) }

  /// Reads the record in an entry of this table.
  package func decode(_ entry: StateEntry) throws -> Record {
    do {
      return try JSONDecoder().decode(Record.self, from: Data(entry.value))
    } catch {
      throw StateStoreError(
        .unreadableRecord,
        "the record \(entry.key) is not of the form this version reads (\(RecordTable.reason(error))); "
          + "it may come from a newer version of this program"
      )
    }
  }

  static func encode(_ record: Record) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return [UInt8](try encoder.encode(record))
  }

  /// What a decoder objects to, without the values, which may be none of the reader's business.
  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _): "field \(key.stringValue) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      "at \(context.codingPath.map(\.stringValue).joined(separator: "."))"
    default: "it is no JSON"
    }
  }
}
