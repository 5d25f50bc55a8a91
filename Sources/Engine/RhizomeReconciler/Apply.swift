package import RhizomeModel

/// What a person hands in to become the next revision.
package struct RevisionDraft: Sendable {
  package var source: String
  /// Where the files are, for people: a folder or a commit.
  package var origin: String
  package var author: String
  /// Path inside the tree, and text.
  package var files: [String: String]
  /// Nil where nobody had to let it pass.
  package var approval: RevisionApproval?

  package init(
    source: String,
    origin: String,
    author: String,
    files: [String: String],
    approval: RevisionApproval? = nil
  ) {
    self.source = source
    self.origin = origin
    self.author = author
    self.files = files
    self.approval = approval
  }
}

/// What came of an apply that was let through.
package struct ApplyReceipt: Sendable {
  /// To be followed with `progress(revision:)`.
  package let revision: Int
  package let plan: Plan

  package init(revision: Int, plan: Plan) {
    self.revision = revision
    self.plan = plan
  }
}

/// Why nothing was applied.
package enum ApplyError: Error, Sendable, CustomStringConvertible {
  /// Another one is at it.
  case busy
  /// Seatbelts hold; see the plan's refusals.
  case refused(Plan)
  /// The saved plan no longer fits; a sentence for each action that differs.
  case planChanged([String])
  /// Others still need what was to be deleted.
  case needed(Address, by: [Address])
  case unknownResource(Address)
  case unknownRevision(Int)
  /// Nothing was applied yet.
  case noRevision
  /// The current revision could not be read, so nobody can say what is declared; why.
  case notTakenUp(String)

  package var description: String {
    switch self {
    case .busy: "Another apply is being planned; try again in a moment."
    case .refused(let plan): plan.refusals.map(\.message).joined(separator: "\n")
    case .planChanged(let changes):
      "Something has changed since the plan was made:\n  \(changes.joined(separator: "\n  "))\nMake a new plan."
    case .needed(let address, let others):
      "\(address) is still needed by \(Sentences.list(others.map(\.description))); delete that as well, or change it first."
    case .unknownResource(let address):
      "\(address) is neither declared nor in the inventory, and nothing carries our mark under that name."
    case .unknownRevision(let number): "There is no revision \(number)."
    case .noRevision: "Nothing was applied yet."
    case .notTakenUp(let reason): "The current revision could not be loaded: \(reason)"
    }
  }
}
