package import RhizomeModel

/// What is remembered of a followed repository, so that a restart goes on where it was.
package struct GitRecord: Sendable, Hashable, Codable {
  /// The last good commit: the one that was applied.
  package struct Applied: Sendable, Hashable, Codable {
    package var commit: GitCommit
    /// Repository and branch that it came from.
    package var place: String
    package var revision: Int
    package var at: Timestamp

    package init(commit: GitCommit, place: String, revision: Int, at: Timestamp) {
      self.commit = commit
      self.place = place
      self.revision = revision
      self.at = at
    }
  }

  /// The branch's newest commit, where it was not applied.
  package struct Refused: Sendable, Hashable, Codable {
    package var commit: GitCommit
    package var refusal: GitRefusal
    package var since: Timestamp

    package init(commit: GitCommit, refusal: GitRefusal, since: Timestamp) {
      self.commit = commit
      self.refusal = refusal
      self.since = since
    }
  }

  /// A person has said: not now.
  package struct Suspension: Sendable, Hashable, Codable {
    package var reason: String
    package var by: String
    package var since: Timestamp

    package init(reason: String, by: String, since: Timestamp) {
      self.reason = reason
      self.by = by
      self.since = since
    }
  }

  package var applied: Applied?
  package var refused: Refused?
  package var suspension: Suspension?

  package init(applied: Applied? = nil, refused: Refused? = nil, suspension: Suspension? = nil) {
    self.applied = applied
    self.refused = refused
    self.suspension = suspension
  }
}

/// Why a commit was not applied.
package struct GitRefusal: Error, Sendable, Hashable, Codable {
  package enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
    /// The history was rewritten, or the branch set back.
    case rewound
    /// No signature, or none that counts.
    case signature
    /// Files that must not be read: links out of the folder, names that lead out, too large, too many.
    case unreadable
    /// The manifests have mistakes.
    case invalid
    /// Seatbelts hold.
    case plan
  }

  package let rule: Rule
  /// What is wrong, one sentence a line, with file and line where there is one.
  package let message: String
  /// The file that it is about.
  package let file: String?
  package let line: Int?
  /// Seatbelts that hold.
  package let seatbelts: [Refusal]
  /// What would be deleted or let go; all of it is in `deletionCount`, and the first of it here.
  package let deletions: [Action]
  package let deletionCount: Int
  /// All that would be done, to be known again; nil where no plan could be made.
  package let plan: GitPlanPrint?
  /// What refuses it as well, and cannot be approved; nil where nothing of the kind is known.
  package let obstacle: String?

  package init(
    _ rule: Rule,
    _ message: String,
    file: String? = nil,
    line: Int? = nil,
    seatbelts: [Refusal] = []
  ) {
    self.rule = rule
    self.message = message
    self.file = file
    self.line = line
    self.seatbelts = seatbelts
    (deletions, deletionCount, plan, obstacle) = ([], 0, nil, nil)
  }

  /// Seatbelts refuse the plan of a commit, or it is not the one that was approved.
  /// - Parameter removals: what the plan would delete or let go.
  package init(seatbelts: [Refusal], removals: [Action], plan: Plan? = nil) {
    (rule, file, line, obstacle) = (.plan, nil, nil, nil)
    message = seatbelts.map(\.message).joined(separator: "\n")
    self.seatbelts = seatbelts
    (deletions, deletionCount) = GitRefusal.counted(removals, seatbelts)
    self.plan = plan.map(GitPlanPrint.init)
  }

  /// What the seatbelts speak of, and nothing that only follows from it: one number, wherever it is told.
  private static func counted(_ removals: [Action], _ seatbelts: [Refusal]) -> ([Action], Int) {
    let counted = seatbelts.compactMap(\.removals).first
    let shown = removals.filter { counted?.contains($0.address) ?? !$0.address.kind.isDerived }
    return (Array(shown.prefix(200)), counted?.count ?? shown.count)
  }

  private init(_ other: GitRefusal, message: String) {
    (rule, file, line, seatbelts) = (other.rule, other.file, other.line, other.seatbelts)
    (deletions, deletionCount, plan, obstacle) = (other.deletions, other.deletionCount, other.plan, other.obstacle)
    self.message = message
  }

  private init(_ other: GitRefusal, _ forecast: GitForecast) {
    (rule, file, line, seatbelts, message) = (other.rule, other.file, other.line, other.seatbelts, other.message)
    (deletions, deletionCount) = GitRefusal.counted(forecast.plan?.removals ?? [], forecast.plan?.refusals ?? [])
    plan = forecast.plan.map(GitPlanPrint.init)
    obstacle = forecast.obstacle
  }

  /// The same with what would come of the commit.
  package func showing(_ forecast: GitForecast) -> GitRefusal { GitRefusal(self, forecast) }

  /// The same in other words.
  package func saying(_ message: String) -> GitRefusal { GitRefusal(self, message: message) }

  /// Whether `rhizome approve` helps: it stands in for a person who has looked, and never for a signature.
  package var canBeApproved: Bool {
    switch rule {
    case .rewound: obstacle == nil
    case .plan: plan != nil && seatbelts.allSatisfy { $0.rule == .tooManyDeletions }
    case .signature, .unreadable, .invalid: false
    }
  }
}

extension Plan {
  /// What would be deleted or let go.
  package var removals: [Action] { actions.filter { $0.verb == .delete || $0.verb == .forget } }
}

/// A commit that passed everything that can be seen without the running cluster.
package struct GitCandidate: Sendable {
  package let commit: GitCommit
  package let signature: GitSignature
  package let snapshot: ManifestSnapshot
  package let settings: GitSettings
  /// So many deletions are approved: by a person, or by the trailer of a commit with a good signature.
  package let allowedDeletions: Int?
  /// A person has looked at a plan of this commit; only that plan may run.
  package let approval: GitApproval?

  package init(
    commit: GitCommit,
    signature: GitSignature,
    snapshot: ManifestSnapshot,
    settings: GitSettings,
    allowedDeletions: Int?,
    approval: GitApproval? = nil
  ) {
    self.commit = commit
    self.signature = signature
    self.snapshot = snapshot
    self.settings = settings
    self.allowedDeletions = allowedDeletions
    self.approval = approval
  }

  /// What the author has said in a commit with a good signature, as who lets it pass; nil where they said nothing.
  package var approvalByTrailer: RevisionApproval? {
    guard approval == nil, let allowedDeletions, case .good(let signer) = signature else { return nil }
    let reason = "the trailer of \(commit.shortID) allows up to \(allowedDeletions) deletions"
    return RevisionApproval(by: signer, reason: reason)
  }
}

/// What came of applying a candidate.
package enum GitApplyOutcome: Sendable, Hashable {
  case applied(revision: Int)
  case refused(GitRefusal)
  /// Nothing is wrong with the commit; it could not be applied now.
  case later(String)
}
