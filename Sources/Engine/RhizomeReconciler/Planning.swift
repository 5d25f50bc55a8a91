package import RhizomeModel
package import RhizomePlanner

/// The planner as the reconciler calls it; a value, so that a simulation can put a flawed one in its place and see that
/// its checks notice.
package struct Planning: Sendable {
  package typealias Decide =
    @Sendable (Address, DesiredState, ObservedState, PriorState, PlanningContext) -> Decision
  package typealias Plan =
    @Sendable (DesiredState, ObservedState, PriorState, PlanningContext) -> RhizomeModel.Plan

  package var decide: Decide
  package var plan: Plan

  package init(decide: @escaping Decide, plan: @escaping Plan) {
    self.decide = decide
    self.plan = plan
  }

  /// The real one.
  package static let planner = Planning(
    decide: { Planner.decide($0, desired: $1, observed: $2, prior: $3, context: $4) },
    plan: { Planner.plan(desired: $0, observed: $1, prior: $2, context: $3) }
  )
}

/// How a plan is to be made.
package struct PlanOptions: Sendable, Hashable {
  /// Delete what this source no longer declares.
  package var prune: Bool
  /// So many deletions are approved, whatever the policy says.
  package var allowDeletions: Int?
  /// The source that declares this cluster and has not let go of it, where there is one.
  package var governing: String?

  package init(prune: Bool = false, allowDeletions: Int? = nil, governing: String? = nil) {
    self.prune = prune
    self.allowDeletions = allowDeletions
    self.governing = governing
  }
}
