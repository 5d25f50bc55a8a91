package import RhizomeModel

/// A folder of manifests as it travels to the daemon.
package struct ManifestBundle: Sendable, Hashable, Codable {
  /// Path inside the folder, and text.
  package var files: [String: String]
  /// Where the folder is, for people.
  package var origin: String
  /// Who sends it.
  package var author: String

  package init(files: [String: String], origin: String, author: String) {
    self.files = files
    self.origin = origin
    self.author = author
  }
}

/// How a plan is to be made.
package struct PlanChoices: Sendable, Hashable, Codable {
  /// Delete what this source no longer declares.
  package var prune: Bool
  /// So many deletions are approved.
  package var allowDeletions: Int?
  /// Follow what the Cluster declares from now on, whatever is found there.
  package var allowUnseenGit: Bool

  package init(prune: Bool = false, allowDeletions: Int? = nil, allowUnseenGit: Bool = false) {
    self.prune = prune
    self.allowDeletions = allowDeletions
    self.allowUnseenGit = allowUnseenGit
  }
}

/// `POST /v1/plan`: what would be done.
package struct PlanRequest: Sendable, Codable {
  package var bundle: ManifestBundle
  package var choices: PlanChoices

  package init(bundle: ManifestBundle, choices: PlanChoices) {
    self.bundle = bundle
    self.choices = choices
  }
}

/// `POST /v1/apply`: do it.
package struct ApplyRequest: Sendable, Codable {
  package var bundle: ManifestBundle
  package var choices: PlanChoices
  /// Do exactly this, or refuse.
  package var expectedPlan: Plan?

  package init(bundle: ManifestBundle, choices: PlanChoices, expectedPlan: Plan? = nil) {
    self.bundle = bundle
    self.choices = choices
    self.expectedPlan = expectedPlan
  }
}

/// `POST /v1/apply/saved`: do exactly what a saved plan says, or refuse and name what has changed.
package struct SavedPlanRequest: Sendable, Codable {
  package var plan: Plan
  /// The `PlanRequest` that it was made from, encrypted to this cluster.
  package var sealed: String
  /// The revision that ran when it was made.
  package var revision: Int?
  /// The folder that it was made from, as it is now; nil where it is not at hand.
  package var present: ManifestBundle?

  package init(plan: Plan, sealed: String, revision: Int?, present: ManifestBundle?) {
    self.plan = plan
    self.sealed = sealed
    self.revision = revision
    self.present = present
  }
}

/// `POST /v1/compare`: what would be done on the way from one revision to another, were the world as the first says.
package struct CompareRequest: Sendable, Codable {
  package var from: Int
  package var to: Int

  package init(from: Int, to: Int) {
    self.from = from
    self.to = to
  }
}

/// `POST /v1/rollback`: apply an earlier revision anew; `POST /v1/rollback/plan`: what that would do.
package struct RollbackRequest: Sendable, Codable {
  package var revision: Int
  package var choices: PlanChoices
  package var author: String
  /// Do exactly this, or refuse.
  package var expectedPlan: Plan?

  package init(revision: Int, choices: PlanChoices, author: String, expectedPlan: Plan? = nil) {
    self.revision = revision
    self.choices = choices
    self.author = author
    self.expectedPlan = expectedPlan
  }
}

/// `POST /v1/drift/mute`: a difference is known, and need not be told until a day.
package struct MuteRequest: Sendable, Codable {
  package var address: Address
  package var field: FieldPath?
  package var until: Timestamp
  package var because: String
  package var author: String

  package init(address: Address, field: FieldPath?, until: Timestamp, because: String, author: String) {
    self.address = address
    self.field = field
    self.until = until
    self.because = because
    self.author = author
  }
}

/// `POST /v1/drift/unmute`: tell it again.
package struct UnmuteRequest: Sendable, Codable {
  package var address: Address
  package var field: FieldPath?
  package var author: String

  package init(address: Address, field: FieldPath?, author: String) {
    self.address = address
    self.field = field
    self.author = author
  }
}

/// `POST /v1/delete`: remove resources until they are declared again; `POST /v1/delete/plan`: what that would do.
package struct DeleteRequest: Sendable, Codable {
  package var addresses: [Address]
  package var author: String
  /// Do exactly this, or refuse.
  package var expectedPlan: Plan?

  package init(addresses: [Address], author: String, expectedPlan: Plan? = nil) {
    self.addresses = addresses
    self.author = author
    self.expectedPlan = expectedPlan
  }
}
