import RhizomeModel
import RhizomePlanner

/// What a decision of the planner means for a pass.
struct Judgement {
  let decision: Decision
  let verdict: Verdict
  /// To be performed, with the driver or in the books alone.
  let action: Action?
  /// What the pass comes to when nothing has to be performed.
  let outcome: PassOutcome

  /// - Parameter isApproved: whether the resource may be removed.
  init(_ decision: Decision, isApproved: Bool) {
    self.decision = decision
    switch decision.outcome {
    case .nothing:
      (verdict, action, outcome) = (
        Judgement.verdict(onDrift: decision.drift, ignored: decision.ignored), nil, .converged()
      )
    case .held(let caretaker): (verdict, action, outcome) = (.held(caretaker), nil, .converged())
    case .unpruned: (verdict, action, outcome) = (.unpruned, nil, .converged())
    case .unknown(let reason): (verdict, action, outcome) = (.unknown(reason), nil, .unknown(reason: reason))
    case .act(let action) where action.verb == .blocked:
      verdict = .stalled(reason: "Blocked", message: Judgement.sentence(action.reason))
      (self.action, outcome) = (nil, .stalled(reason: action.reason, retries: false))
    case .act(let action) where action.verb == .delete && !isApproved:
      (verdict, self.action, outcome) = (.unpruned, nil, .converged())
    case .act(let action):
      verdict = .working(action.verb, reason: action.reason)
      (self.action, outcome) = (action, .converged())
    }
  }

  /// What is said of a resource in which nothing is to be done about these differences.
  static func verdict(onDrift drift: [DriftEntry], ignored: [DriftEntry]) -> Verdict {
    let reported = drift.filter { $0.policy == .report }
    if !reported.isEmpty { return .drifted(reported) }
    return ignored.isEmpty ? .inSync : .ignoring(ignored)
  }

  /// A clause of the planner as a sentence.
  static func sentence(_ clause: String) -> String {
    (clause.prefix(1).uppercased() + clause.dropFirst()).asSentence
  }
}
