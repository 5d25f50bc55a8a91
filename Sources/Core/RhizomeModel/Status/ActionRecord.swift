/// What came of one action: kept for the history of the revision that it belonged to.
package struct ActionRecord: Sendable, Hashable, Codable {
  package let revision: Int
  package let verb: Action.Verb
  package let address: Address
  /// Field by field, what it was and what it became; secrets by fingerprint.
  package let changes: [FieldChange]
  package let startedAt: Timestamp
  /// In milliseconds.
  package let duration: Int64
  /// Why it failed; nil when it was done.
  package let error: String?

  package init(
    revision: Int,
    verb: Action.Verb,
    address: Address,
    changes: [FieldChange],
    startedAt: Timestamp,
    duration: Int64,
    error: String? = nil
  ) {
    self.revision = revision
    self.verb = verb
    self.address = address
    self.changes = changes
    self.startedAt = startedAt
    self.duration = duration
    self.error = error
  }
}
