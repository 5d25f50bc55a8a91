import RhizomeDriver
import RhizomeModel
import Synchronization

/// A router whose table can be filled by hand, and its driver: taking a mapping over changes its label only.
final class PlantedRouter: SurveyingDriver {
  struct Mapping: Sendable, Hashable {
    let external: Int64
    let inner: Int64
    let client: String
    var label: String
  }

  let name = "gateway"
  let capabilities = Capabilities(kinds: [.portMapping], maxConcurrency: 1)

  private let table = Mutex<[String: Mapping]>([:])
  private let isSilent = Mutex(false)

  func plant(_ mappings: [Mapping]) {
    table.withLock { table in for mapping in mappings { table["home.tcp-\(mapping.external)"] = mapping } }
  }

  func fallSilent() { isSilent.withLock { $0 = true } }

  /// Where everything leads, without the labels.
  var routes: [String: String] { table.withLock { $0.mapValues { "\($0.client):\($0.inner)" } } }

  func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    let table = table.withLock { $0 }
    let seen = targets.map { target -> (Address, Observation) in
      guard let mapping = table[target.address.name] else { return (target.address, .absent) }
      let mark = mapping.label == "ours" ? OwnershipMark(clusterID: "c", address: target.address) : nil
      return (target.address, .present(ObservedResource(attributes: attributes(mapping), mark: mark)))
    }
    return ObservationReport(observations: Dictionary(seen, uniquingKeysWith: { $1 }))
  }

  private func attributes(_ mapping: Mapping) -> Value {
    [
      "zone": "home", "protocol": "tcp", "externalPort": .integer(mapping.external),
      "internalAddress": .string(mapping.client), "internalPort": .integer(mapping.inner),
    ]
  }

  func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    guard operation.verb == .adopt else { throw DriverError(.refused, "only adoptions are expected here") }
    table.withLock { $0[operation.address.name]?.label = "ours" }
    return Outcome()
  }

  func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey {
    guard !isSilent.withLock({ $0 }) else { throw DriverError(.unavailable, "the router does not answer") }
    let managed = Set(targets.map(\.address))
    let objects = table.withLock { $0 }.map { name, mapping in
      let address = Address(.portMapping, name)
      return SurveyedObject(
        .portMapping,
        key: name,
        managed: managed.contains(address) ? address : nil,
        names: [mapping.label],
        attributes: attributes(mapping)
      )
    }
    return Survey(objects: objects)
  }
}
