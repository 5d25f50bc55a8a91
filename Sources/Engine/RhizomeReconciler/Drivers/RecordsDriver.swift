package import RhizomeDriver
package import RhizomeModel

/// The driver of kinds that exist in Rhizome's own records only: clusters, zones, nodes and secrets. What the inventory
/// says is what there is.
package struct RecordsDriver: Driver {
  package let name = "records"
  package let capabilities = Capabilities(
    kinds: Kind.allCases.filter { $0.component == .records },
    maxConcurrency: 8,
    hasLastingFacts: true
  )

  /// What other parts know of a record, such as a zone's public address. Must be at hand, and change with events only.
  package typealias Facts = @Sendable (Address) async -> [String: Value]

  private let facts: Facts

  package init(facts: @escaping Facts = { _ in [:] }) { self.facts = facts }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    var report = ObservationReport()
    for target in targets {
      guard let prior = target.prior else {
        report.observations[target.address] = .absent
        continue
      }
      let seen = ObservedResource(attributes: prior.attributes, facts: await facts(target.address))
      report.observations[target.address] = .present(seen)
    }
    return report
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    Outcome(facts: await facts(operation.address))
  }
}
