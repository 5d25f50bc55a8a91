package import RhizomeDriver
internal import RhizomeModel

/// Services with `run.external`: somebody else runs them, and Rhizome looks after their ports only. Nothing is started,
/// looked at or stopped, so what the inventory says is what there is, and one that is to be adopted is as it is declared.
package struct ExternalServiceDriver: Driver {
  package let name = "external"
  package let capabilities = Capabilities(kinds: [.service], maxConcurrency: 8, hasLastingFacts: true)

  package init() {}

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    let seen = targets.map { ($0.address, ExternalServiceDriver.observation($0)) }
    return ObservationReport(observations: Dictionary(seen, uniquingKeysWith: { $1 }))
  }

  private static func observation(_ target: ObservationTarget) -> Observation {
    if let prior = target.prior { return .present(ObservedResource(attributes: prior.attributes)) }
    guard let desired = target.desired, desired.policies.adopts else { return .absent }
    return .present(ObservedResource(attributes: desired.attributes))
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome { Outcome() }
}
