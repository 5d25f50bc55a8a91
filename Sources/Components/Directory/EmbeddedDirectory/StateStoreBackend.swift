package import DirectoryServer
import OpenSSL
package import RhizomeStateStore

/// Keeps the embedded directory's entries in the state store, one key an entry, so that a change of several entries is
/// one transaction with everything that the store promises.
///
/// A key is the digest of the entry's name, because names are longer and wider than keys may be; the name itself stands
/// in front of the value.
package struct StateStoreBackend: DirectoryBackend {
  package static let place = "directory/entry/"
  private static let suffixPlace = "directory/suffix"

  private let store: any StateStore
  private let prefix: StatePrefix

  /// - Parameter store: one that seals what lies below `place`, since entries hold password hashes.
  package init(_ store: any StateStore) throws {
    self.store = store
    prefix = try StatePrefix(StateStoreBackend.place)
  }

  /// What is stored is not what was written.
  package struct Unreadable: Error, CustomStringConvertible {
    package let description: String
  }

  package func load() async throws -> [DirectoryBackendRecord] {
    try await store.list(prefix).entries.map { entry in
      guard let record = StateStoreBackend.decode(entry.value) else {
        throw Unreadable(description: "the directory entry stored as \(entry.key) cannot be read; restore a backup")
      }
      return record
    }
  }

  /// The suffix that entries are below; nil before one was chosen.
  func baseDN() async throws -> String? {
    try await store.get(StateKey(StateStoreBackend.suffixPlace)).map { String(decoding: $0.value, as: UTF8.self) }
  }

  /// Remembers the suffix, unless there is one.
  func choose(baseDN: String) async throws {
    let key = try StateKey(StateStoreBackend.suffixPlace)
    try await store.transact(if: [.absent(key)], then: [.put(key, Array(baseDN.utf8))])
  }

  package func commit(_ changes: [DirectoryBackendChange]) async throws {
    try await store.transact(then: try operations(changes))
  }

  /// The last change of each entry: a transaction touches a key once.
  private func operations(_ changes: [DirectoryBackendChange]) throws -> [StateOperation] {
    var latest: [String: StateOperation] = [:]
    for change in changes {
      switch change {
      case .put(let record):
        latest[record.key] = .put(try key(record.key), StateStoreBackend.encode(record))
      case .remove(let name): latest[name] = .delete(try key(name))
      }
    }
    return latest.sorted { $0.key < $1.key }.map(\.value)
  }

  private func key(_ name: String) throws -> StateKey {
    try prefix.key(Hex.encode(Digest.of(name.utf8, .sha256)))
  }

  /// The name's length in four bytes, the name, the value.
  private static func encode(_ record: DirectoryBackendRecord) -> [UInt8] {
    let name = Array(record.key.utf8)
    let length = withUnsafeBytes(of: UInt32(name.count).bigEndian) { Array($0) }
    return length + name + record.value
  }

  private static func decode(_ bytes: [UInt8]) -> DirectoryBackendRecord? {
    guard bytes.count >= 4 else { return nil }
    let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    guard bytes.count >= 4 + length else { return nil }
    let name = String(decoding: bytes[4..<(4 + length)], as: UTF8.self)
    return DirectoryBackendRecord(key: name, value: Array(bytes[(4 + length)...]))
  }
}
