import RhizomeModel

/// First step: what is declared, what we made and what is there, brought together for one address.
struct Subject {
  let address: Address
  let desired: Resource?
  let record: InventoryRecord?
  let intent: Intent?
  let observation: Observation
  let inputs: PlanningInputs

  init(_ address: Address, in inputs: PlanningInputs) {
    self.address = address
    self.desired = inputs.desired.resources[address]
    self.record = inputs.prior.records[address]
    self.intent = inputs.prior.intents[address]
    self.observation = inputs.observed[address]
    self.inputs = inputs
  }

  var schema: ObjectSchema { inputs.schema(address.kind) }
  var policies: Policies { desired?.policies ?? record?.policies ?? Policies() }

  /// Which other machine drives it now.
  var caretaker: String? { inputs.desired.caretaker(of: address) }
  /// It was made here, and has to go because it is driven elsewhere.
  var hasMovedAway: Bool { inputs.desired.hasMovedAway(address) }

  /// The declaration that a derived resource follows from.
  var owner: Address? {
    guard address.kind.isDerived, let attributes = desired?.attributes ?? record?.attributes else { return nil }
    switch address.kind {
    case .grant: return attributes["bucket"].text.map { Address(.bucket, $0) }
    case .firewall: return Address(.node, address.name)
    default: return attributes["service"].text.map { Address(.service, $0) }
    }
  }
}

/// Whose the object is that was seen under an address.
enum Ownership: Equatable {
  case recorded
  /// Ours without a record, and how that is known.
  case ours(String)
  case adoptable
  /// Not ours; why, and what to do.
  case foreign(String)
}

enum Matching {
  /// Decides about one resource as if it stood alone; what it waits for is added by `Holding`.
  static func decide(_ subject: Subject) -> Decision {
    switch (subject.desired, subject.observation) {
    case (nil, _): Removal.decide(subject)
    case (_, .unknown(let reason)):
      Decision(subject.address, .unknown(reason: reason), drift: Drift.unknown(subject, reason))
    case (let desired?, .absent): absent(subject, desired)
    case (let desired?, .present(let seen)): present(subject, desired, seen)
    }
  }

  private static func absent(_ subject: Subject, _ desired: Resource) -> Decision {
    let changes = Differ.creation(subject.schema, desired.attributes)
    if subject.isByHand, subject.record == nil {
      let action = Action(.adopt, subject.address, reason: subject.noteByHand, dependencies: desired.dependencies)
      return Decision(subject.address, .act(action))
    }
    guard let record = subject.record else {
      return create(subject, desired, Action.missingReason, changes)
    }
    let drift = Drift.missing(subject, record)
    let edits = Differ.differences(
      subject.schema,
      wanted: desired.attributes,
      prior: record.attributes,
      seen: nil
    )
    guard desired.policies.drift(at: nil) == .heal || !edits.isEmpty else {
      return Decision(subject.address, .nothing, drift: drift)
    }
    return create(subject, desired, "it was made in revision \(record.revision) and is gone", changes, drift)
  }

  private static func create(
    _ subject: Subject,
    _ desired: Resource,
    _ reason: String,
    _ changes: [FieldChange],
    _ drift: [DriftEntry] = []
  ) -> Decision {
    let action = Action(
      .create,
      subject.address,
      reason: reason,
      changes: changes,
      dependencies: desired.dependencies
    )
    return Decision(subject.address, .act(action), drift: drift)
  }

  private static func present(_ subject: Subject, _ desired: Resource, _ seen: ObservedResource) -> Decision {
    switch ownership(subject, seen) {
    case .foreign(let reason): block(subject, reason, Drift.blocked(subject, reason))
    case .ours(let reason): adopt(subject, desired, seen, reason)
    case .adoptable: adopt(subject, desired, seen, "it exists already, and its declaration says to take it over")
    case .recorded: owned(subject, desired, seen)
    }
  }

  private static func adopt(
    _ subject: Subject,
    _ desired: Resource,
    _ seen: ObservedResource,
    _ reason: String
  ) -> Decision {
    let found = Differ.differences(subject.schema, wanted: desired.attributes, prior: nil, seen: seen.attributes)
    if let problem = immutable(found) { return block(subject, problem, Drift.blocked(subject, problem)) }
    let changes = found.map(\.change)
    let action = Action(
      .adopt,
      subject.address,
      reason: reason,
      changes: changes,
      dependencies: desired.dependencies
    )
    return Decision(subject.address, .act(action))
  }

  private static func owned(_ subject: Subject, _ desired: Resource, _ seen: ObservedResource) -> Decision {
    guard let record = subject.record else { return Decision(subject.address, .nothing) }
    if record.attributes == desired.attributes, seen.attributes == desired.attributes {
      return Decision(subject.address, .nothing, recordIsStale: isStale(record, desired, subject.inputs.context.source))
    }
    let drift = Drift.entries(subject, record, seen)
    let found = Differ.differences(
      subject.schema,
      wanted: desired.attributes,
      prior: record.attributes,
      seen: seen.attributes
    )
    let edits = Set(edited(subject, desired, record))
    let acts = { (path: FieldPath) in Drift.acts(on: path, desired.policies, isEdit: edits.covers(path)) }
    let wanted = found.filter { acts($0.change.path) }
    if wanted.isEmpty {
      return Decision(
        subject.address,
        .nothing,
        drift: drift,
        recordIsStale: isStale(record, desired, subject.inputs.context.source)
      )
    }
    if let problem = immutable(wanted) { return block(subject, problem, drift) }
    let action = Action(
      .update,
      subject.address,
      reason: reason(for: wanted, edits) + (subject.isByHand ? "; change it on the router by hand" : ""),
      changes: wanted.map(\.change),
      dependencies: desired.dependencies
    )
    var decision = Decision(subject.address, .act(action), drift: drift)
    for left in found where !acts(left.change.path) { decision.kept[left.change.path] = left.seen }
    return decision
  }

  /// The fields whose declaration changed since we last made the resource.
  private static func edited(_ subject: Subject, _ desired: Resource, _ record: InventoryRecord) -> [FieldPath] {
    if desired.attributes == record.attributes { return [] }
    return Differ.differences(subject.schema, wanted: desired.attributes, prior: record.attributes, seen: nil)
      .map(\.change.path)
  }

  private static func reason(for found: [Differ.Difference], _ edits: Set<FieldPath>) -> String {
    let edited = found.count { edits.covers($0.change.path) }
    if edited == found.count { return "its declaration changed" }
    return edited == 0 ? "somebody else changed it" : "its declaration changed, and somebody else changed it"
  }

  private static func immutable(_ found: [Differ.Difference]) -> String? {
    guard let first = found.first(where: \.isImmutable) else { return nil }
    return """
      '\(first.change.path)' cannot be changed once the resource exists; write the old value back, or declare a new \
      resource and remove this one
      """
  }

  private static func block(_ subject: Subject, _ reason: String, _ drift: [DriftEntry] = []) -> Decision {
    Decision(subject.address, .act(Action(.blocked, subject.address, reason: reason)), drift: drift)
  }

  private static func isStale(_ record: InventoryRecord, _ desired: Resource, _ source: String) -> Bool {
    record.source != source || record.attributes != desired.attributes || record.policies != desired.policies
      || record.dependencies != desired.dependencies || record.home != desired.home
  }
}

// MARK: - Whose it is

extension Matching {
  static func ownership(_ subject: Subject, _ seen: ObservedResource) -> Ownership {
    if let mark = seen.mark, mark.clusterID != subject.inputs.context.clusterID {
      return .foreign(mark.claim(advice: "release it there, or choose another name"))
    }
    let holder = seen.facts["holder"]?.text.map { ": \($0)" } ?? ""
    if seen.isStranger {
      let what =
        subject.record == nil ? "it exists already and is not ours" : "somebody put another object in its place"
      return isElsewhere(subject, seen) ? taken("\(what)\(holder)") : unowned(subject, "\(what)\(holder)")
    }
    if let record = subject.record {
      return isReplaced(subject.address, record, seen)
        ? unowned(subject, "somebody put another object in its place") : .recorded
    }
    if let mark = seen.mark {
      guard mark.address != subject.address else {
        return .ours("it carries our mark: we made it, and have no record of it any more")
      }
      return unowned(subject, "it was made as \(mark.address)")
    }
    if let intent = subject.intent, intent.verb == .create || intent.verb == .adopt {
      return .ours("we were about to make it when we were last heard of")
    }
    let what = "it exists already and is not ours\(holder)"
    return isElsewhere(subject, seen) ? taken(what) : unowned(subject, what)
  }

  /// A port of the home that leads to another device: taking it over would take it away from somebody.
  private static func isElsewhere(_ subject: Subject, _ seen: ObservedResource) -> Bool {
    guard subject.address.kind == .portMapping, let desired = subject.desired else { return false }
    let goal = desired.attributes["internalAddress"]
    return !goal.isNull && seen.attributes["internalAddress"] != goal
  }

  private static func taken(_ what: String) -> Ownership {
    .foreign("\(what); free the port there, or choose another public port for the service")
  }

  private static func unowned(_ subject: Subject, _ what: String) -> Ownership {
    if subject.desired?.policies.adopts == true { return .adoptable }
    return .foreign("\(what); annotate it with rhizome/adopt: \"true\" to take it over, or choose another name")
  }

  /// True when the engine's own identity of the object is another one than ours had. Only where such identities last:
  /// processes and leases get new ones all the time.
  static func isReplaced(_ address: Address, _ record: InventoryRecord, _ seen: ObservedResource) -> Bool {
    guard seen.mark == nil, [.storage, .directory].contains(address.kind.component) else { return false }
    guard let before = record.engineID, let now = seen.engineID else { return false }
    return before != now
  }
}

extension Set<FieldPath> {
  /// True when the path, something above it or something below it is in the set.
  func covers(_ path: FieldPath) -> Bool {
    contains(path) || contains { path.isAtOrBelow($0) || $0.isAtOrBelow(path) }
  }
}
