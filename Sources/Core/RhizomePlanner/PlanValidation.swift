package import RhizomeModel

/// What holds of every plan, whatever it was made from. Asked by tests, by the simulator, and before a saved plan runs.
package enum PlanValidation {
  /// The invariants that the plan breaks, in sentences; empty when it is sound.
  package static func problems(
    _ plan: Plan,
    desired: DesiredState,
    observed: ObservedState,
    prior: PriorState,
    context: PlanningContext
  ) -> [String] {
    let positions = Dictionary(
      plan.actions.enumerated().map { ($1.address, $0) },
      uniquingKeysWith: { first, _ in first }
    )
    var problems: [String] = []
    if positions.count != plan.actions.count { problems.append("a resource has two actions") }
    for (index, action) in plan.actions.enumerated() {
      problems += self.problems(action, desired, observed, prior, context)
      for dependency in action.dependencies where (positions[dependency] ?? -1) > index {
        problems.append("\(action.address) comes before \(dependency), which it depends on")
      }
    }
    return problems
  }

  private static func problems(
    _ action: Action,
    _ desired: DesiredState,
    _ observed: ObservedState,
    _ prior: PriorState,
    _ context: PlanningContext
  ) -> [String] {
    let address = action.address
    var problems: [String] = []
    if action.verb != .blocked, case .unknown = observed[address] {
      problems.append("\(action.verb) of \(address), which could not be looked at")
    }
    if action.isRemoval == (desired.resources[address] != nil), action.verb != .blocked {
      problems.append("\(action.verb) of \(address), against its declaration")
    }
    if action.verb == .update, prior.records[address] == nil {
      problems.append("update of \(address), which is not in the inventory")
    }
    if action.verb == .delete { problems += deletion(address, desired, prior, context) }
    if action.changes.contains(where: { $0.from.holdsCleartext || $0.to.holdsCleartext }) {
      problems.append("\(action.verb) of \(address) carries a secret")
    }
    return problems
  }

  private static func deletion(
    _ address: Address,
    _ desired: DesiredState,
    _ prior: PriorState,
    _ context: PlanningContext
  ) -> [String] {
    guard let record = prior.records[address] else {
      return prior.intents[address] == nil ? ["delete of \(address), which is not in the inventory"] : []
    }
    var problems: [String] = []
    let inputs = PlanningInputs(desired: desired, observed: ObservedState(), prior: prior, context: context)
    if !inputs.isOurs(record) {
      problems.append("delete of \(address), which another source declared")
    }
    if desired.hasMovedAway(address) { return problems }
    if let caretaker = desired.caretaker(of: address) {
      problems.append("delete of \(address), which \(caretaker) drives and which may have its data here only")
    }
    if record.policies.isProtected { problems.append("delete of \(address), which is protected") }
    if record.policies.deletion == .retain { problems.append("delete of \(address), which is retained") }
    return problems
  }
}

extension Value {
  /// True when cleartext of a secret is somewhere inside.
  package var holdsCleartext: Bool {
    switch self {
    case .sensitive(let secret): secret.cleartext != nil
    case .list(let elements): elements.contains(where: \.holdsCleartext)
    case .map(let members): members.values.contains(where: \.holdsCleartext)
    default: false
    }
  }
}
