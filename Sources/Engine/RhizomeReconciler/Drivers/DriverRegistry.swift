package import RhizomeDriver
package import RhizomeModel

/// Knows which driver cares for a resource.
package struct DriverRegistry: Sendable {
  /// Chooses the name of the driver for a declared resource; nil when there is none for it.
  package typealias Choice = @Sendable (Resource, DesiredState) -> String?

  private let drivers: [String: any Driver]
  private let choice: Choice

  /// - Parameters:
  ///   - drivers: all of them; their names must differ.
  ///   - recordFacts: what is known beyond the declaration of clusters, zones, nodes and secrets.
  ///   - choice: for each declared resource; the records' own kinds are never asked for.
  package init(
    _ drivers: [any Driver],
    recordFacts: @escaping RecordsDriver.Facts = { _ in [:] },
    choice: @escaping Choice
  ) {
    let all = drivers + [RecordsDriver(facts: recordFacts)]
    precondition(Set(all.map(\.name)).count == all.count, "two drivers have the same name")
    self.drivers = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    self.choice = choice
  }

  /// One driver a component.
  package init(_ drivers: [Component: any Driver]) {
    let names = drivers.mapValues(\.name)
    let unique = Dictionary(drivers.values.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    self.init(Array(unique.values)) { resource, _ in names[resource.address.kind.component] }
  }

  package subscript(_ name: String) -> (any Driver)? { drivers[name] }

  /// All drivers, by name.
  package var all: [any Driver] { drivers.values.sorted { $0.name < $1.name } }

  /// The name of the driver for a resource: by its declaration, or as it was made when it is no longer declared.
  package func driverName(_ desired: Resource?, _ record: InventoryRecord?, in state: DesiredState) -> String? {
    guard let desired else { return record?.driver }
    if desired.address.kind.component == .records { return RecordsDriver().name }
    return choice(desired, state)
  }

  /// The name of the driver for what is neither declared nor in the inventory, when some driver is known to keep its
  /// kind.
  func driverName(of address: Address, in prior: PriorState) -> String? {
    prior.records[address]?.driver ?? prior.intents[address]?.driver
      ?? all.first { $0.capabilities.kinds.contains(address.kind) }?.name
  }
}
