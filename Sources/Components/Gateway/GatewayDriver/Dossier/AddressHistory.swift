package import RhizomeModel

/// The public address of a home, and which ones it had before.
package struct AddressHistory: Codable, Sendable, Hashable {
  /// One address, from when on.
  package struct Entry: Codable, Sendable, Hashable {
    package let address: String
    package let since: Timestamp
  }

  private static let capacity = 20

  /// Oldest first; the last one is the present address.
  package private(set) var entries: [Entry] = []

  package init() {}

  package var current: Entry? { entries.last }

  /// Notes what the address is now. A home without one for a while keeps its last one in mind.
  ///
  /// - Returns: whether that is news.
  package mutating func note(_ address: String, at now: Timestamp) -> Bool {
    guard entries.last?.address != address else { return false }
    entries = (entries + [Entry(address: address, since: now)]).suffix(Self.capacity)
    return true
  }

  /// As a fact: the address, since when, and those before it, youngest first.
  var fact: Value {
    guard let current else { return .null }
    var fact: [String: Value] = ["address": .string(current.address), "since": .string(current.since.description)]
    let earlier = entries.dropLast().reversed().map { Value.string("\($0.address) from \($0.since)") }
    if !earlier.isEmpty { fact["before"] = .list(earlier) }
    return .map(fact)
  }
}
