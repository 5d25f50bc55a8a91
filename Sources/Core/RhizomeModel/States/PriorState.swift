/// What Rhizome itself last made: the inventory, and what it was about to make when it was last heard of.
package struct PriorState: Sendable, Hashable {
  package var records: [Address: InventoryRecord]
  package var intents: [Address: Intent]
  /// What a person let go of, and what is still there.
  package var letGo: [Address: LetGo]

  package init(records: [InventoryRecord] = [], intents: [Intent] = [], letGo: [LetGo] = []) {
    self.letGo = Dictionary(letGo.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
    self.records = Dictionary(records.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
    self.intents = Dictionary(intents.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
  }
}

extension PriorState {
  /// Keeps attributes that are as declared only once: that saves their memory, and makes comparing them free.
  package mutating func share(with desired: DesiredState) {
    for (address, resource) in desired.resources {
      guard records[address]?.attributes == resource.attributes else { continue }
      records[address]?.attributes = resource.attributes
    }
  }
}

/// A resource that was made, is no longer declared, and was left where it is because its declaration said so: nobody needs
/// to be told of it as of something lost.
package struct LetGo: Sendable, Hashable, Codable {
  package let address: Address
  /// What the engine calls it; another object under the same address is not meant.
  package let engineID: String?
  /// The revision that no longer declared it.
  package let revision: Int

  package init(address: Address, engineID: String?, revision: Int) {
    self.address = address
    self.engineID = engineID
    self.revision = revision
  }

  /// Whether this is the object that was let go of.
  package func means(_ object: ForeignObject) -> Bool {
    guard object.mark?.address == address else { return false }
    guard let engineID, let other = object.engineID else { return true }
    return engineID == other
  }
}

/// An action that was about to be performed. Written before the driver is called and removed with the record of the
/// result, so that a crash between the two neither duplicates nor orphans.
package struct Intent: Sendable, Hashable, Codable {
  package let address: Address
  package let verb: Action.Verb
  package let revision: Int
  package let startedAt: Timestamp
  /// The driver that was to act; several may keep resources of one kind.
  package let driver: String?
  /// The fields that may be half done, sorted; nil when all of them may be.
  package let fields: [FieldPath]?

  package init(
    address: Address,
    verb: Action.Verb,
    revision: Int,
    startedAt: Timestamp,
    driver: String? = nil,
    fields: [FieldPath]? = nil
  ) {
    self.address = address
    self.verb = verb
    self.revision = revision
    self.startedAt = startedAt
    self.driver = driver
    self.fields = fields
  }

  /// The fields that may be half done once `action` has begun, after what another one may have left.
  package static func fields(of action: Action, after earlier: Intent?) -> [FieldPath]? {
    guard action.verb == .update else { return nil }
    let left = earlier.map(\.fields) ?? []
    return left.map { Set($0).union(action.changes.map(\.path)).sorted() }
  }
}
