import OpenSSL
import RhizomeStateStore

/// The name by which this cluster's marks are told from those of others: random, made once.
enum ClusterIdentity {
  private static let place = "meta/cluster-id"

  static func load(from store: any StateStore) async throws -> String {
    let key = try StateKey(place)
    let fresh = Array(Hex.encode(SecureRandom.bytes(8)).utf8)
    // Only the first of several daemons writes; all read the same.
    try await store.transact(if: [.absent(key)], then: [.put(key, fresh)])
    guard let entry = try await store.get(key) else { return String(decoding: fresh, as: UTF8.self) }
    return String(decoding: entry.value, as: UTF8.self)
  }
}
