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

  /// The same; attributes that are as `made` are kept only once.
  package func sharing(_ made: Value) -> Observation {
    guard case .present(var seen) = self, seen.attributes == made else { return self }
    seen.attributes = made
    return .present(seen)
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
