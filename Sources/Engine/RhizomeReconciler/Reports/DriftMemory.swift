import RhizomeModel

/// Remembers since when each difference is there.
enum DriftMemory {
  private struct Key: Hashable {
    let field: FieldPath?
    let kind: DriftEntry.DriftKind

    init(_ entry: DriftEntry) { (field, kind) = (entry.field, entry.kind) }
  }

  /// How many resolved differences of a resource are remembered.
  static let resolvedCapacity = 20

  /// Of how many resources they are remembered.
  static let resolvedResources = 1_000

  /// Where more than a tenth too many are remembered: the resources whose last difference went away longest ago.
  static func surplus(_ resolved: [Address: [ResolvedDrift]], capacity: Int = resolvedResources) -> [Address] {
    guard resolved.count > capacity + capacity / 10 else { return [] }
    let latest = resolved.map { (address: $0.key, at: $0.value.map(\.resolvedAt).max() ?? Timestamp(milliseconds: 0)) }
    return latest.sorted { ($0.at, $0.address) < ($1.at, $1.address) }.dropLast(capacity).map(\.address)
  }

  /// Those entries of `before` that `after` does not have. A look that works again is no difference resolved.
  static func resolved(
    _ before: [DriftEntry],
    _ after: [DriftEntry],
    isHealed: Bool,
    now: Timestamp
  ) -> [ResolvedDrift] {
    let still = Set(after.map(Key.init))
    return before.filter { $0.kind != .unknown && !still.contains(Key($0)) }.map {
      ResolvedDrift(entry: $0, resolvedAt: now, ending: isHealed ? .healed : .vanished)
    }
  }

  /// An entry with what is remembered of its earlier comings.
  static func dated(_ entry: DriftEntry, lastSeen: Timestamp?, _ earlier: [ResolvedDrift]) -> DriftEntry {
    var copy = entry
    copy.lastSeen = lastSeen
    copy.timesSeen = 1 + earlier.count { Key($0.entry) == Key(entry) }
    return copy
  }

  /// Resolved differences of one resource, oldest first, each with the how manieth of its kind it was.
  static func counted(_ resolved: [ResolvedDrift]) -> [ResolvedDrift] {
    var times: [Key: Int] = [:]
    return resolved.map { item in
      times[Key(item.entry), default: 0] += 1
      var entry = item.entry
      entry.timesSeen = times[Key(item.entry)]
      return ResolvedDrift(entry: entry, resolvedAt: item.resolvedAt, ending: item.ending)
    }
  }

  /// What was found now, with the moment at which each entry was first seen; sorted by field.
  static func merge(_ found: [DriftEntry], into before: [DriftEntry], now: Timestamp) -> [DriftEntry] {
    let known = Dictionary(before.map { (Key($0), $0.since) }, uniquingKeysWith: { first, _ in first })
    return found.map { entry in
      var copy = entry
      copy.since = (known[Key(entry)] ?? nil) ?? now
      return copy
    }.sorted { ($0.field?.description ?? "", $0.kind.rawValue) < ($1.field?.description ?? "", $1.kind.rawValue) }
  }

  /// What a failed look leaves known: everything seen before, and that it cannot be seen now.
  static func mergeUnknown(_ found: [DriftEntry], into before: [DriftEntry], now: Timestamp) -> [DriftEntry] {
    merge(before.filter { $0.kind != .unknown } + found, into: before, now: now)
  }

  /// Those entries of `now` that `before` did not have.
  static func news(_ now: [DriftEntry], since before: [DriftEntry]) -> [DriftEntry] {
    let known = Set(before.map(Key.init))
    return now.filter { !known.contains(Key($0)) }
  }
}
