package import RhizomeDriver
import RhizomeModel

/// The driver of kinds that exist in Rhizome's own records only: clusters, zones, nodes and secrets. What the inventory
/// says is what there is.
package struct RecordsDriver: Driver {
  package let name = "records"
  package let capabilities = Capabilities(
    kinds: Kind.allCases.filter { $0.component == .records },
    maxConcurrency: 8
  )

  package init() {}

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    let seen = targets.map { target in
      (target.address, target.prior.map { Observation.present(ObservedResource(attributes: $0.attributes)) } ?? .absent)
    }
    return ObservationReport(observations: Dictionary(seen, uniquingKeysWith: { $1 }))
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome { Outcome() }
}
