package import RhizomeModel

/// What going from one set of declarations to another would do in a world that is exactly, and well, as the first one
/// says: for looking at a change before it is anywhere near the cluster.
package enum DeclarationComparison {
  /// - Parameters:
  ///   - before: what counts as running; empty where nothing runs yet.
  ///   - after: what shall run, declared by the same source.
  ///   - prune: remove what is no longer declared.
  ///   - allowedDeletions: this many removals are approved, whatever the policy says.
  package static func plan(
    from before: DesiredState,
    to after: DesiredState,
    prune: Bool,
    allowedDeletions: Int?,
    now: Timestamp
  ) -> Plan {
    let (before, after) = (asWritten(before), asWritten(after))
    let context = PlanningContext(
      now: now,
      clusterID: before.clusterName,
      source: after.source,
      prune: prune,
      allowedDeletions: allowedDeletions
    )
    let plan = Planner.plan(
      desired: after,
      observed: observed(before, after),
      prior: PriorState(records: before.resources.values.map { record($0, source: after.source) }),
      context: context
    )
    return plan.replacing(actions: plan.actions.map(cautious))
  }

  private static func asWritten(_ desired: DesiredState) -> DesiredState {
    let form = DeclaredForm(desired)
    var copy = desired
    for (address, resource) in desired.resources { copy.resources[address]?.attributes = form.attributes(resource) }
    return copy
  }

  private static func record(_ resource: Resource, source: String) -> InventoryRecord {
    InventoryRecord(
      address: resource.address,
      attributes: resource.attributes,
      driver: "revision",
      source: source,
      revision: 0,
      policies: resource.policies,
      dependencies: resource.dependencies,
      home: resource.home
    )
  }

  /// Everything of the first set, and what the second one says is there to be taken over.
  private static func observed(_ before: DesiredState, _ after: DesiredState) -> ObservedState {
    var observed = before.resources.mapValues { resource in
      let mark = OwnershipMark(clusterID: before.clusterName, address: resource.address)
      return Observation.present(ObservedResource(attributes: resource.attributes, mark: mark, facts: facts(resource)))
    }
    for resource in after.resources.values where observed[resource.address] == nil {
      let seen = ObservedResource(attributes: resource.attributes)
      observed[resource.address] = resource.policies.adopts ? .present(seen) : .absent
    }
    return ObservedState(resources: observed)
  }

  /// A bucket that may be deleted counts as empty, so that its deletion is shown.
  private static func facts(_ resource: Resource) -> [String: Value] {
    resource.address.kind == .bucket && resource.policies.deletion == .delete ? ["objects": 0] : [:]
  }

  /// Nobody has looked into the bucket.
  private static func cautious(_ action: Action) -> Action {
    guard action.address.kind == .bucket, action.verb == .delete else { return action }
    return action.costing(Cost(impact: "This waits until the bucket is empty, and cannot be undone."))
  }
}
