package import RhizomeModel

/// What is to be done about one resource, and what was noticed on the way.
package struct Decision: Sendable, Hashable {
  package enum Outcome: Sendable, Hashable {
    /// It is as it shall be, or is not ours to care for.
    case nothing
    /// Do this; for `blocked`, a person has to decide first.
    case act(Action)
    /// It, or what it waits for, could not be looked at. Look again later.
    case unknown(reason: String)
    /// No longer declared, and kept because nobody allowed its removal.
    case unpruned
    /// Made here, declared, and driven by another machine now: left as it is.
    case held(caretaker: String)
  }

  package let address: Address
  package var outcome: Outcome
  /// Observed versus prior, field by field.
  package var drift: [DriftEntry]
  /// The same, where the policy is to ignore it: no report tells of it.
  package private(set) var ignored: [DriftEntry] = []
  /// A seatbelt that this resource alone pulls.
  package var refusal: Refusal?
  /// Nothing has to be done in the engine, but the inventory does not say what the declaration says (policies, source,
  /// dependencies, a field that is not compared): write the record anew.
  package var recordIsStale: Bool
  /// Fields that differ and are left as they are while others are changed, with what is there. Never to be shown.
  package var kept: [FieldPath: Value] = [:]

  package init(
    _ address: Address,
    _ outcome: Outcome,
    drift: [DriftEntry] = [],
    refusal: Refusal? = nil,
    recordIsStale: Bool = false
  ) {
    self.address = address
    self.outcome = outcome
    self.drift = []
    self.refusal = refusal
    self.recordIsStale = recordIsStale
    note(drift)
  }

  /// Sorts differences by whether anybody is to hear of them.
  mutating func note(_ drift: [DriftEntry]) {
    self.drift = drift.filter { $0.policy != .ignore }
    ignored = drift.filter { $0.policy == .ignore }
  }

  /// True when it is as it shall be, or is not ours to care for.
  var needsNothing: Bool { if case .nothing = outcome { true } else { false } }

  package var action: Action? { if case .act(let action) = outcome { action } else { nil } }
}
