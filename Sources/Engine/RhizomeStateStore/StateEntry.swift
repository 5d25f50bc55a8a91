/// The number of a transaction that changed something: one more than that of the one before.
package struct StoreRevision: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  package let number: Int64

  package init(_ number: Int64) { self.number = number }
  package init(from decoder: any Decoder) throws { number = try Int64(from: decoder) }

  package var description: String { String(number) }
  package func encode(to encoder: any Encoder) throws { try number.encode(to: encoder) }
  package static func < (left: StoreRevision, right: StoreRevision) -> Bool { left.number < right.number }

  /// Before everything: watching after it replays all history that was not compacted.
  package static let zero = StoreRevision(0)
  package var next: StoreRevision { StoreRevision(number + 1) }
}

/// One stored value with its history numbers.
package struct StateEntry: Hashable, Sendable {
  package let key: StateKey
  package let value: [UInt8]
  /// When the key was made; a deleted and remade key has a new one.
  package let creationRevision: StoreRevision
  /// When the value was last written.
  package let modificationRevision: StoreRevision
  /// How many times the key was written since it was made, beginning with 1.
  package let version: Int64
  /// The lease with whose end the key vanishes.
  package let lease: LeaseID?

  package init(
    key: StateKey,
    value: [UInt8],
    creationRevision: StoreRevision,
    modificationRevision: StoreRevision,
    version: Int64,
    lease: LeaseID?
  ) {
    self.key = key
    self.value = value
    self.creationRevision = creationRevision
    self.modificationRevision = modificationRevision
    self.version = version
    self.lease = lease
  }

  /// The same entry with another value, for stores that transform values.
  func with(value: [UInt8]) -> StateEntry {
    StateEntry(
      key: key,
      value: value,
      creationRevision: creationRevision,
      modificationRevision: modificationRevision,
      version: version,
      lease: lease
    )
  }
}

/// Entries in key order as they stood at one revision.
package struct StateSnapshot: Hashable, Sendable {
  /// The store's revision at that moment; watch after it to follow without a gap.
  package let revision: StoreRevision
  package let entries: [StateEntry]

  package init(revision: StoreRevision, entries: [StateEntry]) {
    self.revision = revision
    self.entries = entries
  }
}

/// The name of a lease.
package struct LeaseID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
  package let number: Int64

  package init(_ number: Int64) { self.number = number }
  package init(from decoder: any Decoder) throws { number = try Int64(from: decoder) }

  package var description: String { String(number) }
  package func encode(to encoder: any Encoder) throws { try number.encode(to: encoder) }
  package static func < (left: LeaseID, right: LeaseID) -> Bool { left.number < right.number }
}

/// A lease as granted.
package struct StateLease: Hashable, Sendable {
  package let id: LeaseID
  /// How long it lives after each renewal; at least what was asked for.
  package let timeToLive: Duration

  package init(id: LeaseID, timeToLive: Duration) {
    self.id = id
    self.timeToLive = timeToLive
  }
}

/// The bounds every implementation shares; those of etcd's default configuration, with room for its framing.
package enum StateStoreLimits {
  package static let keyBytes = 512
  /// Keys and values of one transaction together.
  package static let transactionBytes = 1 << 20
  /// Conditions in one transaction, and operations likewise.
  package static let transactionItems = 128
  /// How often `update` tries before it reports `contended`.
  package static let updateAttempts = 1_000
  package static let shortestLease = Duration.seconds(1)
  package static let longestLease = Duration.seconds(86_400)
}
