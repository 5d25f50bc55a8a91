import RhizomeDriver
import RhizomeModel
import RhizomeTestSupport

extension ModelDriver: SurveyingDriver {
  /// Everything in the engine, as the embedded engines tell it: references by what the engine calls things, no secrets.
  func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey {
    let all = try await everything()
    let managed = Set(targets.map(\.address)).intersection(all.filter { $0.mark != nil }.map(\.address))
    return Survey(
      objects: all.map { object in
        SurveyedObject(
          object.address.kind,
          key: ModelDriver.key(object),
          managed: managed.contains(object.address) ? object.address : nil,
          names: [object.address.name],
          isNameFixed: object.address.kind.component == .directory,
          attributes: ModelDriver.declarable(object, all),
          mark: object.mark
        )
      }
    )
  }

  private static func key(_ object: MockEngine.Object) -> String {
    object.attributes["id"].text ?? object.address.name
  }

  private static func declarable(_ object: MockEngine.Object, _ all: [MockEngine.Object]) -> Value {
    var attributes = object.attributes
    attributes["id"] = .null
    if object.address.kind == .grant, let name = attributes["accessKey"].text {
      let key = all.first { $0.address == Address(.accessKey, name) }
      attributes["accessKey"] = .string(key.map(ModelDriver.key) ?? name)
    }
    return attributes
  }
}
