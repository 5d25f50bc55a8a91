package import RhizomeModel

extension GitSourceState {
  /// Whether the newest commit is what runs, and what stands against it; nil where no repository is followed.
  /// - Parameters:
  ///   - current: the revision that runs.
  ///   - started: when this began to be followed, for what was never looked at.
  package func condition(currentRevision current: Int?, started: Timestamp) -> Condition? {
    guard settings != nil else { return nil }
    if let suspension = record.suspension {
      let message =
        "Suspended by \(suspension.by), so that no commit is applied: \(suspension.reason.asSentence) \(running(current))"
      return synced(.false, "Suspended", message, suspension.since)
    }
    if let failure {
      return synced(.unknown, "CannotLook", "\(failure.message.asSentence) \(running(current))", lookedAt ?? started)
    }
    if let refused = record.refused { return synced(refused, current) }
    guard let applied = record.applied, lookedAt != nil else {
      return synced(.unknown, "NotLookedYet", "The repository was not looked at yet. \(running(current))", started)
    }
    if let current, current != applied.revision {
      let message =
        "Revision \(current) was applied by hand, on top of \(applied.commit.shortID). Back: rhizome git sync"
      return synced(.false, "AppliedByHand", message, applied.at)
    }
    return synced(.true, "Applied", running(current), applied.at)
  }

  private func synced(_ refused: GitRecord.Refused, _ current: Int?) -> Condition {
    let refusal = refused.refusal
    let reason = refusal.message.split(separator: "\n").joined(separator: "; ").asSentence
    let place =
      refusal.file.flatMap { file in
        reason.hasPrefix(file) ? nil : " (\(file)\(refusal.line.map { ":\($0)" } ?? ""))"
      } ?? ""
    let message =
      "Commit \(refused.commit.shortID) by \(refused.commit.author) is refused\(place): \(reason) \(running(current))"
    return synced(.false, refusal.conditionReason, message, refused.since)
  }

  /// What runs, in a sentence: the last commit, or what was applied on top of it by hand, as by a rollback.
  private func running(_ current: Int?) -> String {
    guard let applied = record.applied else {
      return current.map { "Revision \($0) runs, and no commit was applied yet." } ?? "Nothing was applied yet."
    }
    let commit = "\(applied.commit.shortID) (\(applied.commit.summary))"
    guard let current, current != applied.revision else { return "\(commit) runs, as revision \(applied.revision)." }
    return "Revision \(current) runs, by hand; the last commit was \(commit), as revision \(applied.revision)."
  }

  private func synced(_ state: Condition.State, _ reason: String, _ message: String, _ since: Timestamp) -> Condition {
    let bounded = message.count > 1_000 ? message.prefix(1_000) + "…" : message[...]
    return Condition(.synced, state, reason: reason, message: String(bounded), since: since)
  }
}

extension GitRefusal {
  /// One word for programs.
  fileprivate var conditionReason: String {
    switch rule {
    case .rewound: "Rewound"
    case .signature: "Unsigned"
    case .unreadable: "Unreadable"
    case .invalid: "Invalid"
    case .plan: canBeApproved ? "WaitsForApproval" : "PlanRefused"
    }
  }
}
