/// What the drivers saw.
package struct ObservedState: Sendable, Hashable {
  package var resources: [Address: Observation]
  /// What exists in an engine beside the resources that were asked for.
  package var foreign: [ForeignObject]

  package init(resources: [Address: Observation] = [:], foreign: [ForeignObject] = []) {
    self.resources = resources
    self.foreign = foreign
  }

  /// What was seen of a resource. Nobody having looked is unknown, never absent.
  package subscript(_ address: Address) -> Observation {
    resources[address] ?? .unknown(reason: "nobody has looked at it yet")
  }
}

/// What a driver saw of one resource.
package enum Observation: Sendable, Hashable {
  case present(ObservedResource)
  case absent
  /// The look failed, and why. Never a ground for an action.
  case unknown(reason: String)

  package var isUnknown: Bool { if case .unknown = self { true } else { false } }
}

/// A resource that exists.
package struct ObservedResource: Sendable, Hashable {
  /// In the form of the kind's schema. A top-level field that the engine cannot show is left out, and not compared; one
  /// that it shows as unset is there, as null or an empty collection (`showing` fills these in). Below a field that is
  /// there, what is missing is unset.
  package var attributes: Value
  /// What the engine calls it, where that is not its name.
  package var engineID: String?
  /// Whose it is, where the engine can say so.
  package var mark: OwnershipMark?
  /// The engine marks everything that is ours, and this has no mark: somebody else made it, whatever our records say.
  package var isStranger = false
  /// What is known beyond the spec and never compared, such as the number of objects in a bucket (`objects`, `bytes`) or
  /// a few words on whose it is (`holder`).
  package var facts: [String: Value]

  package init(
    attributes: Value,
    engineID: String? = nil,
    mark: OwnershipMark? = nil,
    facts: [String: Value] = [:]
  ) {
    self.attributes = attributes
    self.engineID = engineID
    self.mark = mark
    self.facts = facts
  }

  /// The same with these top-level fields known to be shown: where there is no value, they are unset in the engine, and
  /// that is drift when they were made.
  package func showing(_ fields: String...) -> ObservedResource {
    var members = attributes.map ?? [:]
    for field in fields where members[field] == nil { members[field] = .some(.null) }
    var copy = self
    copy.attributes = .map(members)
    return copy
  }
}

/// Something in an engine that no resource of ours stands for.
package struct ForeignObject: Sendable, Hashable, Comparable, Codable {
  /// The kind it would be, and the name it would have.
  package let address: Address
  package let engineID: String?
  /// Whose it is, where the engine can say so: ours with no record of it is an orphan.
  package let mark: OwnershipMark?
  /// A few words on what it is.
  package let summary: String

  package init(address: Address, engineID: String? = nil, mark: OwnershipMark? = nil, summary: String) {
    self.address = address
    self.engineID = engineID
    self.mark = mark
    self.summary = summary
  }

  package static func < (left: ForeignObject, right: ForeignObject) -> Bool {
    (left.address, left.engineID ?? "") < (right.address, right.engineID ?? "")
  }
}
