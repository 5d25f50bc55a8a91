/// A difference that is no longer there.
package struct ResolvedDrift: Sendable, Hashable, Codable {
  /// What became of it.
  package enum Ending: String, Sendable, Hashable, Codable, CaseIterable {
    /// Rhizome made it as declared again.
    case healed
    /// Somebody else did, or the declaration now says what is there.
    case vanished
  }

  /// As it was last seen.
  package let entry: DriftEntry
  package let resolvedAt: Timestamp
  package let ending: Ending

  package init(entry: DriftEntry, resolvedAt: Timestamp, ending: Ending) {
    self.entry = entry
    self.resolvedAt = resolvedAt
    self.ending = ending
  }
}
