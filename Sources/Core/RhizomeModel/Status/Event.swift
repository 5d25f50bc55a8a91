/// Something that happened, for people and for the record.
package struct Event: Sendable, Hashable, Codable {
  package enum Level: String, Sendable, Hashable, Codable { case normal, warning }

  /// Counts up by one in a cluster; 0 before it is stored.
  package var sequence: Int
  package let at: Timestamp
  package let level: Level
  /// What it is about; nil for the cluster as a whole.
  package let address: Address?
  /// One word in CamelCase.
  package let reason: String
  /// A sentence; never holds a secret.
  package let message: String

  package init(
    sequence: Int = 0,
    at: Timestamp,
    level: Level = .normal,
    address: Address?,
    reason: String,
    message: String
  ) {
    self.sequence = sequence
    self.at = at
    self.level = level
    self.address = address
    self.reason = reason
    self.message = message
  }
}

/// Who let a revision pass that a rule would have refused.
package struct RevisionApproval: Sendable, Hashable, Codable {
  /// Who, as they say.
  package let by: String
  /// Why, in their words; nil where they said nothing.
  package let reason: String?

  package init(by: String, reason: String? = nil) {
    self.by = by
    self.reason = reason
  }
}

/// A numbered, immutable set of declarations, with where it came from.
package struct Revision: Sendable, Hashable, Codable {
  package let number: Int
  package let at: Timestamp
  package let source: String
  /// Where the files were, for people: a folder or a commit.
  package let origin: String
  /// Who applied it.
  package let author: String
  /// The files themselves: path inside the tree, and text.
  package let files: [String: String]
  /// Deletions that were approved with this revision.
  package let approvedDeletions: [Address]
  /// Deleted by name, and left out until declared again by a later revision.
  package let excluded: [Address]
  /// Nil where nobody had to let it pass.
  package let approval: RevisionApproval?

  package init(
    number: Int,
    at: Timestamp,
    source: String,
    origin: String,
    author: String,
    files: [String: String],
    approvedDeletions: [Address] = [],
    excluded: [Address] = [],
    approval: RevisionApproval? = nil
  ) {
    self.number = number
    self.at = at
    self.source = source
    self.origin = origin
    self.author = author
    self.files = files
    self.approvedDeletions = approvedDeletions.sorted()
    self.excluded = excluded.sorted()
    self.approval = approval
  }
}
