/// One step of a plan.
package struct Action: Sendable, Hashable, Codable {
  package enum Verb: String, Sendable, Hashable, Codable, CaseIterable {
    case create
    case update
    case delete
    /// Take an existing resource into the inventory.
    case adopt
    /// Drop it from the inventory and leave it in its engine.
    case forget
    /// Something has to be decided by a person first.
    case blocked
  }

  package let verb: Verb
  package let address: Address
  /// Why, in a sentence for people.
  package let reason: String
  /// Field by field, sorted by path.
  package let changes: [FieldChange]
  /// What must be done before; sorted.
  package let dependencies: [Address]
  package let cost: Cost?
  /// For `blocked`: the seatbelt that holds it back, where it is one.
  package let seatbelt: Seatbelt?

  package init(
    _ verb: Verb,
    _ address: Address,
    reason: String,
    changes: [FieldChange] = [],
    dependencies: [Address] = [],
    cost: Cost? = nil,
    seatbelt: Seatbelt? = nil
  ) {
    self.verb = verb
    self.address = address
    self.reason = reason
    self.changes = changes.sorted { $0.path < $1.path }
    self.dependencies = dependencies.sorted()
    self.cost = cost
    self.seatbelt = seatbelt
  }
}

extension Action {
  /// Why most things are created; it goes without saying.
  package static let missingReason = "it is declared and does not exist"

  /// The reason, where it says more than the verb.
  package var tellingReason: String? { reason == Action.missingReason ? nil : reason }
}

/// The change of one field. Values of sensitive fields are `Value.sensitive`, so that no cleartext is in a plan.
package struct FieldChange: Sendable, Hashable, Codable {
  package let path: FieldPath
  package let from: Value
  package let to: Value

  package init(path: FieldPath, from: Value, to: Value) {
    self.path = path
    self.from = from
    self.to = to
  }

  package var isSensitive: Bool { from.isSensitive || to.isSensitive }
}

/// What an action costs here.
package struct Cost: Sendable, Hashable, Codable {
  /// Bytes that cross an uplink.
  package var bytes: Int64
  /// How long that takes, in milliseconds.
  package var duration: Int64
  /// Who loses access meanwhile, or what cannot be taken back; a sentence.
  package var impact: String?

  package init(bytes: Int64 = 0, duration: Int64 = 0, impact: String? = nil) {
    self.bytes = bytes
    self.duration = duration
    self.impact = impact
  }
}
