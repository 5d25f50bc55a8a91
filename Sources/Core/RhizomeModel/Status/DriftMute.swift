/// A person's word that a difference is known, and need not be told until a day.
///
/// It silences the report only: policies do what they say, and the mute itself is listed, ends by itself and is in the
/// events.
package struct DriftMute: Sendable, Hashable, Codable {
  package let address: Address
  /// Only this field and what is below it; nil for the whole resource.
  package let field: FieldPath?
  package let until: Timestamp
  package let because: String
  package let author: String
  package let at: Timestamp

  package init(
    address: Address,
    field: FieldPath?,
    until: Timestamp,
    because: String,
    author: String,
    at: Timestamp
  ) {
    self.address = address
    self.field = field
    self.until = until
    self.because = because
    self.author = author
    self.at = at
  }

  /// What it speaks of, for people: `User/alice` or `User/alice displayName`.
  package var subject: String { address.description + (field.map { " \($0)" } ?? "") }

  /// Whether it silences an entry at `now`.
  package func covers(_ entry: DriftEntry, now: Timestamp) -> Bool {
    guard address == entry.address, now < until else { return false }
    guard let field else { return true }
    return entry.field?.isAtOrBelow(field) ?? false
  }
}
