package import RhizomeModel

/// What would come of a commit if a person let it pass.
package enum GitForecast: Sendable, Hashable {
  case plan(Plan)
  /// It would be refused all the same; why.
  case refused(GitRefusal)
  /// Nobody can tell now.
  case unknown

  /// What would be done; nil where that cannot be told.
  package var plan: Plan? { if case .plan(let plan) = self { plan } else { nil } }

  /// What no person can let pass, in sentences; nil where nothing of the kind is known.
  package var obstacle: String? {
    switch self {
    case .plan(let plan):
      let others = plan.refusals.filter { $0.rule != .tooManyDeletions }
      return others.isEmpty ? nil : others.map { "\($0.rule.rawValue): \($0.message)" }.joined(separator: "\n")
    case .refused(let refusal): return refusal.message
    case .unknown: return nil
    }
  }
}
