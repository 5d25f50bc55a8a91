package import RhizomeDriver
package import RhizomeModel

/// The LDAP driver of the embedded directory, which may not have started yet.
package struct EmbeddedDirectoryDriver: SurveyingDriver, LookupDriver {
  package let name = "ldap"
  package let capabilities = Capabilities(kinds: [.user, .group], maxConcurrency: 4, marksObjects: true)

  private let directory: EmbeddedDirectory

  package init(_ directory: EmbeddedDirectory) { self.directory = directory }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    if let driver = await directory.driver { return await driver.observe(targets) }
    guard (try? await directory.isBlank()) == true else {
      return .unknown(targets, reason: "the embedded directory has not started yet")
    }
    let absent = targets.map { ($0.address, Observation.absent) }
    return ObservationReport(observations: Dictionary(absent, uniquingKeysWith: { $1 }))
  }

  package func lookUp(_ target: ObservationTarget) async -> Observation {
    if let driver = await directory.driver as? any LookupDriver { return await driver.lookUp(target) }
    return await observe([target]).observations[target.address] ?? .absent
  }

  package func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey {
    if let driver = await directory.driver as? any SurveyingDriver { return try await driver.survey(targets) }
    guard (try? await directory.isBlank()) == true else {
      throw DriverError(.unavailable, "the embedded directory has not started yet; it does when a Cluster is applied")
    }
    return Survey()
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    let driver: any Driver
    do {
      driver = try await directory.startedDriver()
    } catch {
      throw DriverError(.unavailable, "the embedded directory has not started")
    }
    return try await driver.perform(operation)
  }
}
