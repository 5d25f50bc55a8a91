package import RhizomeModel

/// What planning has to know beside the three states. Time and identity are handed in, so that equal inputs give equal
/// plans.
package struct PlanningContext: Sendable {
  package var now: Timestamp
  /// The identity of this cluster, as it stands in ownership marks.
  package var clusterID: String
  /// On whose behalf is planned: only what this source declared before is pruned.
  package var source: String
  /// Remove what is no longer declared.
  package var prune: Bool
  /// A person allows this many removals in one plan, whatever the policy says.
  package var allowedDeletions: Int?
  /// Removals that a person has asked for by name.
  package var approvedDeletions: Set<Address>
  package var scope: PlanningScope
  /// The source that declares this cluster and has not let go of it; nil when there is none but, at most, `source`.
  package var governing: String?

  package init(
    now: Timestamp,
    clusterID: String,
    source: String,
    prune: Bool = false,
    allowedDeletions: Int? = nil,
    approvedDeletions: Set<Address> = [],
    scope: PlanningScope = .everything,
    governing: String? = nil
  ) {
    self.now = now
    self.clusterID = clusterID
    self.source = source
    self.prune = prune
    self.allowedDeletions = allowedDeletions
    self.approvedDeletions = approvedDeletions
    self.scope = scope
    self.governing = governing
  }
}

/// Which resources a plan speaks of.
package enum PlanningScope: Sendable, Hashable {
  case everything
  /// These, and what has to be done with them: what they need that does not exist yet, and what goes with them.
  case only(Set<Address>)
}

/// Everything that a decision rests on.
struct PlanningInputs {
  let desired: DesiredState
  let observed: ObservedState
  let prior: PriorState
  let context: PlanningContext
  /// The tables to compare by; another table only in tests.
  var schema: (Kind) -> ObjectSchema = { Schema.spec(of: $0) }
  /// The rules that hold; fewer only in tests, to see that each of them is needed.
  var seatbelts = Set(Seatbelt.allCases)

  /// True when `source` declared it last: what another one declared is moved when it is declared here as well, and never
  /// pruned on behalf of this one. What a person removes by name is removed, whoever declared it; and what follows from a
  /// declaration goes with that.
  func isOurs(_ record: InventoryRecord) -> Bool {
    if record.source == context.source || !seatbelts.contains(.movedBetweenSources) { return true }
    if context.approvedDeletions.contains(record.address) { return true }
    guard record.address.kind.isDerived, let owner = Subject(record.address, in: self).owner else { return false }
    return desired.resources[owner] != nil || context.approvedDeletions.contains(owner)
  }

  /// True when a person, or the general permission to prune, lets go of a resource that is no longer declared.
  ///
  /// What follows from a declaration (a grant, a port mapping) goes with an edit of that declaration and needs no
  /// permission of its own; when the declaration itself is gone, its permission counts. What has moved to another machine
  /// needs none: nothing of the rhizome is lost.
  func isApproved(_ address: Address, owner: Address?) -> Bool {
    if context.prune || context.approvedDeletions.contains(address) || desired.hasMovedAway(address) { return true }
    guard let owner else { return false }
    return desired.resources[owner] != nil || context.approvedDeletions.contains(owner)
  }
}
