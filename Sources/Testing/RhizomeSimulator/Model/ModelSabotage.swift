import RhizomeModel
import RhizomePlanner
import RhizomeReconciler

/// Mistakes that the model-based simulation can build in on purpose, to prove that its oracle notices them.
package enum ModelSabotage: String, Sendable, CaseIterable {
  /// What is to be reported only is put back.
  case healsWhatIsReported
  /// An engine that does not answer is taken to hold what was made last.
  case silenceIsFine
  /// Fields whose drift is to be ignored are looked at all the same.
  case forgetsIgnoredFields
  /// A mute never ends.
  case mutesForEver
  /// Drift in a field goes unseen.
  case overlooksFields

  /// The planner with the mistake in it.
  var planning: Planning {
    Planning(
      decide: { address, desired, observed, prior, context in
        let flawed = spoil(desired)
        let decision = Planner.decide(address, desired: flawed, observed: observed, prior: prior, context: context)
        return spoil(decision)
      },
      plan: { Planner.plan(desired: spoil($0), observed: $1, prior: $2, context: $3) }
    )
  }

  private func spoil(_ desired: DesiredState) -> DesiredState {
    var copy = desired
    for address in desired.resources.keys {
      if self == .healsWhatIsReported, desired.resources[address]?.policies.drift == .report {
        copy.resources[address]?.policies.drift = .heal
      }
      if self == .forgetsIgnoredFields { copy.resources[address]?.policies.ignoredDrift = [] }
    }
    return copy
  }

  private func spoil(_ decision: Decision) -> Decision {
    guard self == .overlooksFields else { return decision }
    var copy = decision
    copy.drift.removeAll { $0.field != nil }
    return copy
  }
}
