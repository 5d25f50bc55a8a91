package import RhizomeModel

/// A commit, for people.
package struct CommitView: Sendable, Hashable, Codable {
  package var id: String
  package var author: String
  package var authoredAt: Timestamp
  package var summary: String

  package init(id: String, author: String, authoredAt: Timestamp, summary: String) {
    self.id = id
    self.author = author
    self.authoredAt = authoredAt
    self.summary = summary
  }
}

/// `GET /v1/git`: how it stands with the followed repository.
package struct GitStatusView: Sendable, Hashable, Codable {
  /// In one word.
  package enum State: String, Sendable, Hashable, Codable {
    /// No repository is followed.
    case off
    /// A person has said: not now.
    case suspended
    /// The last look failed, so nobody knows; what runs, runs on.
    case unknown
    /// The newest commit was not applied; what runs, runs on.
    case refused
    /// The newest commit that was seen is applied.
    case synced
    /// It was, and another revision was made by hand since, as by a delete.
    case overridden
    /// Nothing was looked at yet.
    case waiting
  }

  /// The newest commit, and why it was not applied.
  package struct Refused: Sendable, Hashable, Codable {
    package var commit: CommitView
    package var rule: String
    /// The names of the seatbelts that hold.
    package var seatbelts: [String]?
    package var message: String
    package var file: String?
    package var line: Int?
    package var since: Timestamp
    /// `rhizome approve` helps.
    package var canBeApproved: Bool
    /// What would be deleted or let go: the first of it, and how many in all.
    package var deletions: [Address]
    package var deletionCount: Int
    /// The name of the whole plan; an approval is for exactly this one. Nil where none could be made.
    package var plan: String?
    /// What it would do, such as `create Bucket/site`: the first of it, and how much in all.
    package var actions: [String] = []
    package var actionCount = 0

    package init(
      commit: CommitView,
      rule: String,
      seatbelts: [String] = [],
      message: String,
      file: String? = nil,
      line: Int? = nil,
      since: Timestamp,
      canBeApproved: Bool,
      deletions: [Address],
      deletionCount: Int
    ) {
      self.commit = commit
      self.rule = rule
      self.seatbelts = seatbelts
      self.message = message
      self.file = file
      self.line = line
      self.since = since
      self.canBeApproved = canBeApproved
      self.deletions = deletions
      self.deletionCount = deletionCount
    }
  }

  /// Who said: not now, and why.
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

  /// What was written to the forge about commits.
  package struct Forge: Sendable, Hashable, Codable {
    /// Kind, address and repository.
    package var place: String
    /// The commit whose status was written last, and what it says: `pending`, `success` or `failure`.
    package var commit: String?
    package var verdict: String?
    package var at: Timestamp?
    /// How many are still to be written.
    package var waiting: Int
    /// Why the last attempt failed.
    package var failure: String?
    package var failureCount: Int

    package init(place: String, waiting: Int, failureCount: Int) {
      self.place = place
      self.waiting = waiting
      self.failureCount = failureCount
    }
  }

  /// The listener for webhooks.
  package struct Webhook: Sendable, Hashable, Codable {
    /// Address and port.
    package var place: String
    package var isListening: Bool
    /// Why it does not listen.
    package var failure: String?
    /// The last webhook that the forge had signed.
    package var heardAt: Timestamp?
    /// Those without the right signature since then, and the last of them.
    package var refusedCount: Int
    package var refusedAt: Timestamp?

    package init(place: String, isListening: Bool, refusedCount: Int) {
      self.place = place
      self.isListening = isListening
      self.refusedCount = refusedCount
    }
  }

  package var state: State
  package var url: String?
  package var branch: String?
  package var path: String?
  /// The branch may only move forward from the commit that runs.
  package var requiresFastForward: Bool?
  /// The commit that was applied last, and the revision it became.
  package var applied: CommitView?
  package var appliedRevision: Int?
  package var appliedAt: Timestamp?
  /// The revision that runs; another one than `appliedRevision` after a rollback or an apply by hand.
  package var currentRevision: Int?
  package var refused: Refused?
  package var suspension: Suspension?
  /// Why the last look failed.
  package var failure: String?
  package var failureCount: Int
  /// When the first look of those that failed in a row was made.
  package var failingSince: Timestamp?
  /// When the last look ended well.
  package var lookedAt: Timestamp?
  /// Nil where nothing is written to a forge.
  package var forge: Forge?
  /// Nil where none is declared.
  package var webhook: Webhook?
  /// What the daemon was told at its start and is without effect, in sentences; nil where there is nothing.
  package var outranked: [String]?

  package init(state: State, failureCount: Int = 0) {
    self.state = state
    self.failureCount = failureCount
  }
}

/// `POST /v1/git/suspend`
package struct GitSuspendRequest: Sendable, Codable {
  package var reason: String
  package var author: String

  package init(reason: String, author: String) {
    self.reason = reason
    self.author = author
  }
}

/// `POST /v1/git/resume`
package struct GitResumeRequest: Sendable, Codable {
  package var author: String
  /// Why, in their words.
  package var reason: String?

  package init(author: String, reason: String? = nil) {
    self.author = author
    self.reason = reason
  }
}

/// `POST /v1/git/approve`
package struct GitApproveRequest: Sendable, Codable {
  package var commit: String
  /// The plan that the person has seen, by the first digits of its fingerprint.
  package var plan: String?
  /// Who, and why in their words.
  package var author: String
  package var reason: String?

  package init(commit: String, plan: String? = nil, author: String, reason: String? = nil) {
    self.commit = commit
    self.plan = plan
    self.author = author
    self.reason = reason
  }
}

/// A request that says nothing more than its route.
package struct EmptyRequest: Sendable, Codable {
  package init() {}
}
