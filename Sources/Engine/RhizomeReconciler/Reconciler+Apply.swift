package import RhizomeModel
import RhizomePlanner
import RhizomeStateStore

extension Reconciler {
  /// What applying `desired` would do. Looks at everything and writes nothing.
  package func preview(desired: DesiredState, options: PlanOptions = PlanOptions()) async throws -> Plan {
    try await load()
    let look = await lookAtEverything(desired)
    return plan(desired, look, options)
  }

  /// Plans, and when no seatbelt holds makes `desired` the current revision, to be made true from now on.
  ///
  /// What may be deleted is fixed here: the removals of this plan, and nothing else.
  /// - Parameter expectedPlan: a plan that a person approved; it must still be what would be done.
  /// - Throws: `ApplyError`, and what the state store throws.
  package func apply(
    desired: DesiredState,
    draft: RevisionDraft,
    options: PlanOptions = PlanOptions(),
    expectedPlan: Plan? = nil
  ) async throws -> ApplyReceipt {
    try await alone {
      let look = try await lookAfterTakingUp(desired)
      let plan = plan(desired, look, options)
      if let expectedPlan { try check(plan, against: expectedPlan) }
      guard plan.refusals.isEmpty else { throw ApplyError.refused(plan) }
      guard try await !isCurrent(desired, draft, plan) else { return again(plan, look) }
      return try await store(desired, draft, plan, look, excluded: [])
    }
  }

  /// One at a time.
  func alone<Result>(_ body: () async throws -> Result) async throws -> Result {
    guard !isApplying else { throw ApplyError.busy }
    isApplying = true
    defer { isApplying = false }
    return try await body()
  }

  /// A revision that can no longer be read does not stop the next one.
  private func lookAfterTakingUp(_ desired: DesiredState) async throws -> Look {
    do { try await takeUp() } catch is ApplyError { try await load() }
    return await lookAtEverything(desired)
  }

  /// - Parameter known: the books as they will be, where they are to be written first.
  func plan(
    _ desired: DesiredState,
    _ look: Look,
    _ options: PlanOptions,
    approved: Set<Address> = [],
    prior known: PriorState? = nil
  ) -> Plan {
    let context = PlanningContext(
      now: clock.wallTime(),
      clusterID: settings.clusterID,
      source: desired.source,
      prune: options.prune,
      allowedDeletions: options.allowDeletions,
      approvedDeletions: approved,
      governing: options.governing
    )
    return planning.plan(desired, look.observed, known ?? prior, context)
  }

  func check(_ plan: Plan, against expected: Plan) throws {
    let differences = expected.changes(in: plan)
    if !differences.isEmpty { throw ApplyError.planChanged(differences) }
  }

  /// Whether the draft says nothing that the current revision does not say.
  private func isCurrent(_ desired: DesiredState, _ draft: RevisionDraft, _ plan: Plan) async throws -> Bool {
    guard let current = world.revision, current.excluded.isEmpty else { return false }
    let removals = Set(plan.actions.filter(\.isRemoval).map(\.address))
    return removals.isSubset(of: world.approvedDeletions) && current.files == draft.files
      && current.source == draft.source && world.desired == desired
  }

  /// Takes over what was seen on the way to finding out that there is no new revision.
  private func again(_ plan: Plan, _ look: Look) -> ApplyReceipt {
    progressHub.beginAgain()
    absorb(state.addresses, look)
    ring()
    return ApplyReceipt(revision: world.number, plan: plan)
  }

  func store(
    _ desired: DesiredState,
    _ draft: RevisionDraft,
    _ plan: Plan,
    _ look: Look,
    excluded: Set<Address>
  ) async throws -> ApplyReceipt {
    let revision = try await history.append(
      at: clock.wallTime(),
      source: draft.source,
      origin: draft.origin,
      author: draft.author,
      files: draft.files,
      approvedDeletions: approvedDeletions(plan, desired),
      excluded: excluded.sorted(),
      approval: draft.approval
    )
    enter(World(revision: revision, desired: desired))
    absorb(state.addresses, look.standing(after: plan))
    say(.normal, nil, "Applied", "Revision \(revision.number) from \(revision.origin), by \(revision.author).")
    ring()
    return ApplyReceipt(revision: revision.number, plan: plan)
  }

  /// The removals of the plan, and those that are only held up: by what a person has to do first, such as emptying a
  /// bucket, or by a look that failed.
  private func approvedDeletions(_ plan: Plan, _ desired: DesiredState) -> [Address] {
    plan.actions.filter { $0.isRemoval || ($0.verb == .blocked && desired.resources[$0.address] == nil) }.map(\.address)
      + plan.unknown.filter(\.isRemoval).map(\.address)
  }
}
