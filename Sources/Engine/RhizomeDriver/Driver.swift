package import RhizomeModel

/// The seam to the world: adapts one engine, so that the reconciler can look and act.
///
/// Rules that every driver keeps, and that the conformance suite checks:
/// - `observe` never changes anything, and answers for every target. A look that failed is `unknown`, never `absent`.
/// - `perform` is idempotent: after a lost answer the same operation may come again, and must neither duplicate nor fail.
/// - An object is marked as ours where the engine allows, at its creation and in the same step.
/// - Objects that are not ours are never changed.
/// - Both can be cancelled.
package protocol Driver: Sendable {
  /// A stable name, kept in the inventory, such as `embedded-storage`.
  var name: String { get }
  var capabilities: Capabilities { get }

  /// Looks at the targets, all of them in as few requests as the engine allows.
  func observe(_ targets: [ObservationTarget]) async -> ObservationReport

  /// Does one thing.
  func perform(_ operation: Operation) async throws(DriverError) -> Outcome
}

/// What a driver can do.
package struct Capabilities: Sendable {
  package let kinds: [Kind]
  /// How many operations it takes side by side.
  package let maxConcurrency: Int
  /// Whether every object of ours carries our mark, so that one without it is somebody else's.
  package let marksObjects: Bool
  /// Whether its facts change with events only, so that each change of theirs is worth writing down.
  package let hasLastingFacts: Bool

  package init(kinds: [Kind], maxConcurrency: Int, marksObjects: Bool = false, hasLastingFacts: Bool = false) {
    self.kinds = kinds
    self.maxConcurrency = maxConcurrency
    self.marksObjects = marksObjects
    self.hasLastingFacts = hasLastingFacts
  }
}

/// One resource to look at, with all that is known of it.
package struct ObservationTarget: Sendable {
  package let address: Address
  /// As it shall be; nil when it is no longer declared.
  package let desired: Resource?
  /// As we last made it; nil when we never did.
  package let prior: InventoryRecord?

  package init(address: Address, desired: Resource?, prior: InventoryRecord?) {
    self.address = address
    self.desired = desired
    self.prior = prior
  }
}

/// What a driver saw.
package struct ObservationReport: Sendable {
  package var observations: [Address: Observation]
  /// Objects of the driver's kinds that are none of the targets.
  package var foreign: [ForeignObject]
  /// The look failed as a whole, also where there was nothing to ask for: nobody knows what else is there.
  package private(set) var isBlind = false

  package init(observations: [Address: Observation] = [:], foreign: [ForeignObject] = []) {
    self.observations = observations
    self.foreign = foreign
  }

  /// The report of a look that failed as a whole.
  package static func unknown(_ targets: [ObservationTarget], reason: String) -> ObservationReport {
    var report = ObservationReport(
      observations: Dictionary(targets.map { ($0.address, .unknown(reason: reason)) }, uniquingKeysWith: { $1 })
    )
    report.isBlind = true
    return report
  }
}

/// One thing to do.
package struct Operation: Sendable {
  package enum Verb: String, Sendable, Hashable {
    case create, update, delete
    /// Mark an existing object as ours, and change nothing else.
    case adopt
  }

  package let verb: Verb
  package let address: Address
  /// As it shall be, with the cleartext of its secrets; nil when deleting. When updating, fields that somebody else
  /// changed and that are to be left alone hold what was seen of them, so that writing all of it is right.
  package let desired: Resource?
  package let prior: InventoryRecord?
  /// The fields to change, when updating.
  package let changes: [FieldChange]
  /// To be written beside the object, where the engine allows.
  package let mark: OwnershipMark

  package init(
    _ verb: Verb,
    _ address: Address,
    desired: Resource?,
    prior: InventoryRecord?,
    changes: [FieldChange] = [],
    mark: OwnershipMark
  ) {
    self.verb = verb
    self.address = address
    self.desired = desired
    self.prior = prior
    self.changes = changes
    self.mark = mark
  }
}

/// What came of an operation.
package struct Outcome: Sendable, Hashable {
  /// What the engine calls the object, where that is not its name.
  package var engineID: String?
  /// To be shown in the resource's status; never secrets.
  package var facts: [String: Value]
  /// Look again after so many milliseconds, such as half a lease.
  package var recheckAfter: Int64?

  package init(engineID: String? = nil, facts: [String: Value] = [:], recheckAfter: Int64? = nil) {
    self.engineID = engineID
    self.facts = facts
    self.recheckAfter = recheckAfter
  }
}

/// A driver that notices changes by itself, such as a process that ended or a lease that has to be renewed.
package protocol NotifyingDriver: Driver {
  /// What happened; each notice makes the reconciler look at the resource again.
  var notices: AsyncStream<DriverNotice> { get }
}

/// A driver that keeps watch by itself over what it made, so that a routine look need not cost its engine anything.
package protocol WatchfulDriver: NotifyingDriver {
  /// The routine look at a world at rest: may be answered with what the watch saw last, and what it has lost sight of is
  /// looked at. Looks that somebody asks for, and those before an action, go to `observe`.
  ///
  /// - Parameter targets: all resources of this driver that are declared or recorded, and so possibly none.
  func glance(_ targets: [ObservationTarget]) async -> ObservationReport
}

/// A driver that can look at one object of its engine without reading all of them, so that a thousand passes do not read
/// a thousand objects each.
package protocol LookupDriver: Driver {
  /// The look at one resource, before something is done with it. Sees what `observe` would see of it.
  func lookUp(_ target: ObservationTarget) async -> Observation
}

/// Something that a driver noticed.
package struct DriverNotice: Sendable {
  package let address: Address
  package let level: Event.Level
  /// One word in CamelCase.
  package let reason: String
  /// A sentence; never holds a secret.
  package let message: String
  /// Nothing to tell people, only a reason to look again.
  package let isQuiet: Bool

  package init(_ address: Address, level: Event.Level = .normal, reason: String, message: String) {
    self.init(address, level, reason, message, isQuiet: false)
  }

  private init(_ address: Address, _ level: Event.Level, _ reason: String, _ message: String, isQuiet: Bool) {
    self.address = address
    self.level = level
    self.reason = reason
    self.message = message
    self.isQuiet = isQuiet
  }

  /// Has the reconciler look at a resource again, without an event.
  package static func look(_ address: Address) -> DriverNotice {
    DriverNotice(address, .normal, "", "", isQuiet: true)
  }
}
