import RhizomeDriver
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler

/// Mistakes that a simulation can build in on purpose, to prove that its checks notice them.
package enum Sabotage: String, Sendable, CaseIterable {
  /// What is there counts as ours, whether the inventory has it or not.
  case skipInventoryCheck
  /// What could not be looked at counts as gone.
  case unknownIsAbsent
  /// The inventory is written before the driver acts.
  case recordBeforePerform
}

extension Planning {
  /// The real planner, told that whatever is there is in the inventory.
  static let withoutInventoryCheck = Planning(
    decide: { Planner.decide($0, desired: $1, observed: $2, prior: claimed($3, $1, $2), context: $4) },
    plan: { Planner.plan(desired: $0, observed: $1, prior: claimed($2, $0, $1), context: $3) }
  )

  private static func claimed(_ prior: PriorState, _ desired: DesiredState, _ observed: ObservedState) -> PriorState {
    var copy = prior
    for address in desired.resources.keys where prior.records[address] == nil {
      guard case .present(let seen) = observed[address] else { continue }
      copy.records[address] = InventoryRecord(
        address: address,
        attributes: seen.attributes,
        driver: "claimed",
        source: desired.source,
        revision: 0
      )
    }
    return copy
  }
}

extension ObservationReport {
  /// The same, with gone for unknown.
  var blindlyAbsent: ObservationReport {
    var copy = self
    for (address, observation) in observations {
      if case .unknown = observation { copy.observations[address] = .absent }
    }
    return copy
  }
}
