package import RhizomeModel

/// What a look or a step says about a resource, before it is put into conditions.
package enum Verdict: Sendable, Hashable {
  case inSync
  /// Somebody changed it, and the policy says to leave it.
  case drifted([DriftEntry])
  /// Somebody changed it, and the policy says to take no notice.
  case ignoring([DriftEntry])
  case working(Action.Verb, reason: String)
  case waiting([Address])
  case failed(reason: String, message: String)
  case unknown(String)
  case stalled(reason: String, message: String)
  /// No longer declared, and kept.
  case unpruned
  /// Driven by another machine now, and left as it is.
  case held(String)
}

extension Verdict {
  /// True when something stays that is not declared here.
  var keepsUndeclared: Bool {
    switch self {
    case .unpruned, .held: true
    default: false
    }
  }

  /// The status that follows; `since` moves only where a state changes.
  package func status(
    _ address: Address,
    revision: Int,
    facts: [String: Value],
    previous: ResourceStatus?,
    now: Timestamp
  ) -> ResourceStatus {
    let drafts = [ready(previous), reconciling, stalled]
    let conditions = drafts.map { draft in
      let before = previous?[draft.type]
      let since = before.flatMap { $0.state == draft.state ? $0.since : nil } ?? now
      return Condition(draft.type, draft.state, reason: draft.reason, message: draft.message, since: since)
    }
    return ResourceStatus(address: address, revision: revision, conditions: conditions, facts: facts)
  }

  private typealias Draft = (type: Condition.ConditionType, state: Condition.State, reason: String, message: String)

  /// While work is under way, readiness stays what it was.
  private func ready(_ previous: ResourceStatus?) -> Draft {
    switch self {
    case .inSync: (.ready, .true, "InSync", "It is as declared.")
    case .unpruned: (.ready, .true, "Kept", "It is no longer declared, and kept until it is pruned or deleted.")
    case .held(let caretaker):
      (.ready, .true, "Held", "\(caretaker) drives it now; what was made on this machine is left as it is.")
    case .drifted(let entries): (.ready, .false, "Drifted", Sentences.drifted(entries))
    // What is gone serves nobody, however little anybody wants to hear of it.
    case .ignoring(let entries):
      (.ready, entries.contains { $0.field == nil } ? .false : .true, "Ignored", Sentences.ignored(entries))
    case .working(let verb, let reason):
      if let before = previous?[.ready], before.state != .unknown {
        (.ready, before.state, before.reason, before.message)
      } else {
        (.ready, .false, Sentences.workingReason(verb), Sentences.working(verb, reason))
      }
    case .waiting(let addresses): (.ready, .false, "Waiting", Sentences.waiting(addresses))
    case .failed(let reason, let message): (.ready, .false, reason, message)
    case .unknown(let reason): (.ready, .unknown, "CannotLook", Sentences.unknown(reason))
    case .stalled(let reason, let message): (.ready, .false, reason, message)
    }
  }

  private var reconciling: Draft {
    switch self {
    case .inSync, .drifted, .ignoring, .stalled, .unpruned, .held:
      (.reconciling, .false, "Idle", "There is nothing to do.")
    case .working(let verb, let reason):
      (.reconciling, .true, Sentences.workingReason(verb), Sentences.working(verb, reason))
    case .waiting(let addresses): (.reconciling, .true, "Waiting", Sentences.waiting(addresses))
    case .failed: (.reconciling, .true, "Retrying", "It is tried again by itself.")
    case .unknown: (.reconciling, .true, "LookingAgain", "It is looked at again by itself.")
    }
  }

  private var stalled: Draft {
    guard case .stalled(let reason, let message) = self else {
      return (.stalled, .false, "None", "Nobody has to do anything.")
    }
    return (.stalled, .true, reason, message)
  }
}

extension ResourceStatus {
  /// Why it is not ready, where an engine or the books said so; also while it is tried again.
  var failure: Condition? {
    self[.ready].flatMap { $0.state == .false && !ResourceStatus.underWay.contains($0.reason) ? $0 : nil }
  }

  /// The reasons that tell of work or of waiting, not of a failure.
  private static let underWay = Set(Action.Verb.allCases.map(Sentences.workingReason) + ["Waiting"])
}
