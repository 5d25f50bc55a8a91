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
  /// The cluster's rules for kinds and their fields are not looked at.
  case forgetsRulesOfKinds
  /// Of two words for a field, that of the shorter path counts.
  case takesTheShorterPath
  /// Fields that are left as they are get overwritten when another one is changed.
  case writesAllFields
  /// A mute never ends.
  case mutesForEver
  /// Drift in a field goes unseen.
  case overlooksFields
  /// What somebody else gives a resource that was not declared to have it goes unseen.
  case overlooksWhatIsNotDeclared

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

  /// Manifests as they are read with the mistake in it.
  func spoil(_ manifest: String) -> String {
    guard self == .forgetsRulesOfKinds else { return manifest }
    return manifest.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("    driftRules:") }.joined(separator: "\n")
  }

  private func spoil(_ desired: DesiredState) -> DesiredState {
    var copy = desired
    for address in desired.resources.keys {
      guard var policies = desired.resources[address]?.policies else { continue }
      spoil(&policies)
      copy.resources[address]?.policies = policies
    }
    return copy
  }

  private func spoil(_ policies: inout Policies) {
    switch self {
    case .healsWhatIsReported:
      if policies.drift == .report { policies.drift = .heal }
      policies.fieldDrift = policies.fieldDrift.mapValues { $0 == .report ? .heal : $0 }
    case .forgetsIgnoredFields: policies.fieldDrift = policies.fieldDrift.filter { $0.value != .ignore }
    case .takesTheShorterPath:
      let fields = policies.fieldDrift
      policies.fieldDrift = fields.filter { rule in
        !fields.keys.contains { $0 != rule.key && rule.key.isAtOrBelow($0) }
      }
    default: break
    }
  }

  private func spoil(_ decision: Decision) -> Decision {
    var copy = decision
    if self == .overlooksFields { copy.drift.removeAll { $0.field != nil } }
    if self == .overlooksWhatIsNotDeclared { copy.drift.removeAll { $0.kind == .extra } }
    if self == .writesAllFields { copy.kept = [:] }
    return copy
  }
}
