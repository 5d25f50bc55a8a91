import RhizomeModel

/// What becomes of a resource that is no longer declared.
enum Removal {
  static func decide(_ subject: Subject) -> Decision {
    guard isOfThisSource(subject) else { return ofAnotherSource(subject) }
    if let caretaker = subject.caretaker, !subject.hasMovedAway {
      return Decision(subject.address, .held(caretaker: caretaker))
    }
    switch subject.observation {
    case .unknown(let reason):
      return Decision(subject.address, .unknown(reason: reason), drift: Drift.unknown(subject, reason))
    case .absent:
      return act(.forget, subject, "\(reason(subject)), and it is gone already")
    case .present(let seen):
      let drift = subject.record.map { Drift.entries(subject, $0, seen) } ?? []
      var decision = present(subject, seen)
      decision.note(drift)
      return decision
    }
  }

  /// Kept for the source that declared it, or nothing of ours at all.
  private static func ofAnotherSource(_ subject: Subject) -> Decision {
    guard subject.record != nil else { return Decision(subject.address, .nothing) }
    guard case .unknown(let reason) = subject.observation else { return Decision(subject.address, .unpruned) }
    return Decision(subject.address, .unknown(reason: reason), drift: Drift.unknown(subject, reason))
  }

  /// Whether it shall go as soon as it can be looked at: what was allowed must not be forgotten because an engine was
  /// not ready to answer at that moment.
  static func isWanted(_ subject: Subject) -> Bool {
    guard subject.desired == nil, isOfThisSource(subject), !isProtected(subject) else { return false }
    return subject.hasMovedAway || subject.inputs.isApproved(subject.address, owner: subject.owner)
  }

  private static func isOfThisSource(_ subject: Subject) -> Bool {
    guard let record = subject.record else { return subject.intent != nil }
    return subject.inputs.isOurs(record)
  }

  private static func present(_ subject: Subject, _ seen: ObservedResource) -> Decision {
    switch Matching.ownership(subject, seen) {
    case .foreign, .adoptable: return act(.forget, subject, "\(reason(subject)), and what is there is not ours")
    case .recorded, .ours: break
    }
    guard subject.inputs.isApproved(subject.address, owner: subject.owner) else {
      return Decision(subject.address, .unpruned)
    }
    if subject.hasMovedAway { return act(.delete, subject, reason(subject)) }
    if isProtected(subject) { return protected(subject) }
    if retains(subject) { return act(.forget, subject, retention(subject, seen)) }
    if let problem = content(subject, seen) {
      let action = Action(.blocked, subject.address, reason: problem, seatbelt: .bucketWithData)
      return Decision(subject.address, .act(action))
    }
    return act(.delete, subject, reason(subject))
  }

  private static func reason(_ subject: Subject) -> String {
    let why = subject.caretaker.map { "\($0) drives it now" } ?? cause(subject)
    return subject.isByHand ? why + "; take it off the router by hand" : why
  }

  /// Why it is to go. Files may still declare what a person deletes by name: of that nobody says that they do not.
  private static func cause(_ subject: Subject) -> String {
    guard subject.inputs.desired.deletedByName.contains(subject.address) else { return "it is no longer declared" }
    return subject.address.kind.isDerived ? "it goes with what was deleted by name" : "it was deleted by name"
  }

  private static func act(_ verb: Action.Verb, _ subject: Subject, _ reason: String) -> Decision {
    Decision(subject.address, .act(Action(verb, subject.address, reason: reason)))
  }

  private static func isProtected(_ subject: Subject) -> Bool {
    subject.policies.isProtected && subject.inputs.seatbelts.contains(.protectedResource)
  }

  private static func protected(_ subject: Subject) -> Decision {
    let reason =
      "it is protected; declare it again, or apply it once with rhizome/protect: \"false\" before removing it"
    let action = Action(.blocked, subject.address, reason: reason, seatbelt: .protectedResource)
    var decision = Decision(subject.address, .act(action))
    decision.refusal = Refusal(.protectedResource, "\(subject.address) would be removed, and \(reason).")
    return decision
  }

  /// Without a record there is no policy, and then data stays.
  private static func retains(_ subject: Subject) -> Bool {
    guard let record = subject.record else { return subject.address.kind == .bucket }
    return record.policies.deletion == .retain
  }

  private static func retention(_ subject: Subject, _ seen: ObservedResource) -> String {
    guard let objects = seen.facts["objects"]?.integer else { return "\(cause(subject)), and retained" }
    return "\(cause(subject)), and retained: \(content(objects, seen))"
  }

  /// Why a bucket cannot be deleted yet.
  private static func content(_ subject: Subject, _ seen: ObservedResource) -> String? {
    guard subject.address.kind == .bucket, subject.inputs.seatbelts.contains(.bucketWithData) else { return nil }
    guard let objects = seen.facts["objects"]?.integer else {
      return "\(cause(subject)), but the engine did not say whether it is empty; look again"
    }
    guard objects > 0 else { return nil }
    return "\(cause(subject)), but still holds \(content(objects, seen)); empty it, or declare it again"
  }

  private static func content(_ objects: Int64, _ seen: ObservedResource) -> String {
    let count = objects == 1 ? "1 object" : "\(objects) objects"
    guard let bytes = seen.facts["bytes"]?.integer else { return count }
    return "\(count) (\(Quantity.approximate(bytes: bytes)))"
  }
}

extension Quantity {
  /// A size for people, in two or three digits: `3.4 MiB`.
  package static func approximate(bytes: Int64) -> String {
    let units: [(String, Int64)] = [("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    guard let (symbol, factor) = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) B" }
    let (whole, rest) = bytes.quotientAndRemainder(dividingBy: factor)
    return whole >= 10 ? "\(whole) \(symbol)" : "\(whole).\(rest / (factor / 10 + 1)) \(symbol)"
  }
}
