import RhizomeDriver
package import RhizomeModel

extension Reconciler {
  /// Everything that the engines of these components hold. A component that could not be read has a remark that says so.
  ///
  /// - Throws: `ApplyError.notTakenUp`: without knowing what is declared, everything would seem to be nobody's.
  package func survey(_ components: [Component]) async throws -> Survey {
    try await takeUp()
    var whole = Survey()
    for component in components {
      guard let driver = surveyor(of: component) else {
        whole.remarks.append(
          SurveyRemark(.unknown, "the \(component.rawValue)", "its engine cannot be read for adoption")
        )
        continue
      }
      let targets = targets(of: driver)
      do throws(DriverError) {
        let survey = try await calls.survey(targets, with: driver)
        whole.objects += survey.objects
        whole.remarks += survey.remarks
      } catch {
        whole.remarks.append(SurveyRemark(.unknown, "the \(component.rawValue)", "could not be read: \(error)"))
      }
    }
    return whole
  }

  /// The driver of the component that can be asked for everything; where another engine is declared, there is none.
  private func surveyor(of component: Component) -> (any SurveyingDriver)? {
    let found = registry.all.lazy.compactMap { $0 as? any SurveyingDriver }.first { driver in
      driver.capabilities.kinds.contains { $0.component == component }
    }
    guard let found, let kind = found.capabilities.kinds.first, world.revision != nil else { return found }
    let probe = Resource(Address(kind, "any"), attributes: .map([:]))
    return registry.driverName(probe, nil, in: world.desired) == found.name ? found : nil
  }

  private func targets(of driver: any SurveyingDriver) -> [ObservationTarget] {
    let known = Set(world.desired.resources.keys).union(prior.records.keys)
    return known.sorted().filter { lane(of: $0, in: world.desired) == driver.name }.map {
      target($0, in: world.desired)
    }
  }
}
