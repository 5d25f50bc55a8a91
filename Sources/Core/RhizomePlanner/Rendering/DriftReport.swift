package import RhizomeModel

/// What differs between what Rhizome made and what is there, as a versioned document.
package struct DriftReport: Sendable, Hashable, Codable {
  package static let currentFormatVersion = 1

  package let formatVersion: Int
  package let cluster: String
  package let generatedAt: Timestamp
  /// Sorted by address, field and kind.
  package let entries: [DriftEntry]
  /// What people know of already, and by which word of theirs.
  package let muted: [MutedDrift]
  /// What went away in the time that was asked for, the latest first.
  package let resolved: [ResolvedDrift]

  /// An entry that a person has muted.
  package struct MutedDrift: Sendable, Hashable, Codable {
    package let entry: DriftEntry
    package let mute: DriftMute
  }

  /// - Parameters:
  ///   - earlier: the entries of the last report; one that was in it keeps the time when it was first seen.
  ///   - declarations: where resources are declared.
  ///   - mutes: those that have not ended.
  package init(
    cluster: String,
    generatedAt: Timestamp,
    entries: [DriftEntry],
    earlier: [DriftEntry] = [],
    declarations: [Address: SourceLocation] = [:],
    mutes: [DriftMute] = [],
    resolved: [ResolvedDrift] = []
  ) {
    self.formatVersion = DriftReport.currentFormatVersion
    self.cluster = cluster
    self.generatedAt = generatedAt
    let known = Dictionary(earlier.map { (Key($0), $0.since) }, uniquingKeysWith: { first, _ in first })
    self.resolved = resolved
    let dated = entries.map { entry in
      var dated = entry
      dated.since = entry.since ?? (known[Key(entry)] ?? nil) ?? generatedAt
      dated.declaredAt = declarations[entry.address]
      return dated
    }.sorted { Key($0) < Key($1) }
    muted = dated.compactMap { entry in
      mutes.first { $0.covers(entry, now: generatedAt) }.map { MutedDrift(entry: entry, mute: $0) }
    }
    self.entries = dated.filter { entry in !mutes.contains { $0.covers(entry, now: generatedAt) } }
  }

  /// What makes two entries speak of the same thing.
  private struct Key: Hashable, Comparable {
    let address: Address
    let field: FieldPath
    let kind: String
    let detail: String

    init(_ entry: DriftEntry) {
      address = entry.address
      field = entry.field ?? FieldPath()
      kind = entry.kind.rawValue
      // Several foreign objects may share an address; everywhere else the detail may vary from look to look.
      detail = entry.kind == .extra && entry.field == nil ? entry.detail ?? "" : ""
    }

    static func < (left: Key, right: Key) -> Bool {
      if left.address != right.address { return left.address < right.address }
      if left.field != right.field { return left.field < right.field }
      return (left.kind, left.detail) < (right.kind, right.detail)
    }
  }
}
