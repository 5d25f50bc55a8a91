import RhizomeModel

/// Seatbelts over what keeps the resources: an engine does not hand over what it holds, and neither does a directory that
/// gets another suffix.
extension SafetyRule {
  static func otherSuffix(_ draft: SafetyDraft) -> [Finding] {
    guard let (before, after) = clusters(draft), [before, after].allSatisfy({ engine("directory", $0) == "embedded" }),
      let chosen = DirectorySuffix.of(cluster: before), let wanted = DirectorySuffix.of(cluster: after),
      chosen != wanted
    else { return [] }
    let refusal = DirectorySuffix.refusal(chosen: chosen, wanted: wanted)
    return [Finding(seen: refusal.finding, advice: refusal.advice ?? "")]
  }

  static func otherEngine(_ draft: SafetyDraft) -> [Finding] {
    guard let (before, after) = clusters(draft) else { return [] }
    return [Component.storage, .directory].compactMap { component in
      let (old, new) = (engine(component.rawValue, before), engine(component.rawValue, after))
      let left = draft.inputs.prior.records.keys.filter { $0.kind.component == component && !$0.kind.isDerived }
      guard old != new, !left.isEmpty else { return nil }
      return Finding(
        seen:
          "The engine of the \(component.rawValue) would become '\(new)', and what '\(old)' holds does not move there: "
          + "\(EmptyTree.listed(left.sorted())).",
        advice:
          "Write '\(component.rawValue): {engine: \(old)}' back into the Cluster; or remove these first, and then "
          + "change the engine."
      )
    }
  }

  /// The Cluster as it was made, and as it is declared.
  private static func clusters(_ draft: SafetyDraft) -> (before: Value, after: Value)? {
    guard let after = draft.inputs.desired.cluster, let before = draft.inputs.prior.records[after.address] else {
      return nil
    }
    return (before.attributes, after.attributes)
  }

  private static func engine(_ component: String, _ cluster: Value) -> String {
    cluster[component]["engine"].text ?? "embedded"
  }
}
