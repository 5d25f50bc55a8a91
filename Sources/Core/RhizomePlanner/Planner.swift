package import RhizomeModel

/// Compares what shall be with what is and with what we made, and says what to do.
///
/// A plan is a value and planning is a function: no clock, no input or output, no chance; equal inputs give plans that
/// are equal to the byte.
package enum Planner {
  /// What would be done about everything that this source declares or declared.
  package static func plan(
    desired: DesiredState,
    observed: ObservedState,
    prior: PriorState,
    context: PlanningContext
  ) -> Plan {
    plan(PlanningInputs(desired: desired, observed: observed, prior: prior, context: context))
  }

  static func plan(_ inputs: PlanningInputs) -> Plan {
    let division = Division(inputs)
    let decisions = hold(division.open.map { Matching.decide(Subject($0, in: inputs)) }, inputs)
    let ordered = Ordering.order(decisions.compactMap(\.action), inputs)
    let unknown = decisions.compactMap { Planner.unknown($0, inputs) }
    let waiting = unknown.filter(\.isRemoval).map(\.address)
    let refusals = Safety.refusals(ordered, waiting, inputs) + decisions.compactMap(\.refusal)
    let costed = ordered.map { $0.costing(Costing.cost($0, inputs)) }
    return assemble(decisions, costed, unknown, refusals, division, inputs)
  }

  private static func unknown(_ decision: Decision, _ inputs: PlanningInputs) -> UnknownResource? {
    guard case .unknown(let reason) = decision.outcome else { return nil }
    let isRemoval = Removal.isWanted(Subject(decision.address, in: inputs))
    return UnknownResource(address: decision.address, reason: reason, isRemoval: isRemoval)
  }

  /// What to do about one resource now; what `plan` says of it, save that other sources' approval and plan-wide
  /// seatbelts are not its business, and that order among unrelated resources is not known here.
  package static func decide(
    _ address: Address,
    desired: DesiredState,
    observed: ObservedState,
    prior: PriorState,
    context: PlanningContext
  ) -> Decision {
    let inputs = PlanningInputs(desired: desired, observed: observed, prior: prior, context: context)
    let matched = Matching.decide(Subject(address, in: inputs))
    guard matched.action != nil else { return matched }
    let others = Holding.neighbours(of: [address], in: inputs).subtracting([address])
    let decisions = hold([matched] + others.map { Matching.decide(Subject($0, in: inputs)) }, inputs)
    guard var decision = decisions.first(where: { $0.address == address }) else { return matched }
    if let action = decision.action { decision.outcome = .act(action.costing(Costing.cost(action, inputs))) }
    return decision
  }

  private static func hold(_ decisions: [Decision], _ inputs: PlanningInputs) -> [Decision] {
    guard decisions.contains(where: { $0.action != nil }) else { return decisions }
    let held = Holding(decisions, inputs).held()
    return decisions.compactMap { held[$0.address] }
  }

  private static func assemble(
    _ decisions: [Decision],
    _ actions: [Action],
    _ unknown: [UnknownResource],
    _ refusals: [Refusal],
    _ division: Division,
    _ inputs: PlanningInputs
  ) -> Plan {
    let foreign = inputs.context.scope == .everything ? inputs.observed.foreign : []
    return Plan(
      clusterName: inputs.desired.clusterName,
      actions: actions,
      drift: decisions.flatMap(\.drift)
        + Drift.foreign(
          foreign,
          clusterID: inputs.context.clusterID,
          letGo: inputs.prior.letGo
        ),
      unknown: unknown,
      refusals: refusals,
      unpruned: decisions.filter { $0.outcome == .unpruned }.map(\.address),
      unchangedCount: division.settledCount + decisions.count(where: \.needsNothing),
      share: share(decisions, inputs),
      takeover: takeover(division, inputs.context)
    )
  }

  /// What other sources declared: moved where it is declared here, kept where it is not.
  private static func takeover(_ division: Division, _ context: PlanningContext) -> PlanTakeover? {
    guard context.governing ?? context.source == context.source else { return nil }
    let (moved, kept) = (division.moved, division.kept.filter { !$0.address.kind.isDerived })
    guard !moved.isEmpty || !kept.isEmpty else { return nil }
    return PlanTakeover(
      source: context.source,
      from: Set((moved + kept).map(\.source)).sorted(),
      moved: moved.map(\.address).sorted(),
      kept: kept.map(\.address).sorted()
    )
  }

  private static func share(_ decisions: [Decision], _ inputs: PlanningInputs) -> PlanShare? {
    guard let share = inputs.desired.share else { return nil }
    let driven = inputs.desired.resources.count
    return PlanShare(
      node: share.node,
      driven: driven,
      declared: driven + share.elsewhere.count,
      held: decisions.compactMap { decision in
        guard case .held(let caretaker) = decision.outcome else { return nil }
        return HeldResource(address: decision.address, caretaker: caretaker)
      }
    )
  }
}
