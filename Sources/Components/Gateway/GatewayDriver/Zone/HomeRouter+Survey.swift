import RhizomeDriver
import RhizomeModel
import UPnP

/// Everything that the router forwards, for declaring what is there.
extension HomeRouter {
  /// - Throws: `DriverError` when the router could not be read, or does not show its table.
  func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> [SurveyedObject] {
    let managed = Set(targets.map(\.address))
    let entries = try await DriverError.wrapping { try await lock.run { try await wholeTable() } }
    return entries.values.sorted { $0.key < $1.key }.map { surveyed($0, managed) }
  }

  private func wholeTable() async throws -> [PortMappingKey: PortMapping] {
    _ = try await router(within: Self.patience)
    guard try await readTable() else {
      throw DriverError(.refused, "the router of \(zone) does not show which ports it forwards; look at its own pages")
    }
    return shown
  }

  private func surveyed(_ entry: PortMapping, _ managed: Set<Address>) -> SurveyedObject {
    let address = MappingName.address(zone, entry.key)
    return SurveyedObject(
      .portMapping,
      key: address.name,
      managed: managed.contains(address) ? address : nil,
      names: [entry.label],
      isNameFixed: true,
      attributes: [
        "zone": .string(zone), "protocol": .string(entry.key.transport.rawValue.lowercased()),
        "externalPort": .integer(Int64(entry.key.externalPort)),
        "internalAddress": .string(UPnPError.printable(entry.client)),
        "internalPort": .integer(Int64(entry.internalPort)),
        "isThisMachine": .boolean(entry.client == localAddress?.description),
      ],
      mark: holders.label.mark(entry, address),
      obstacle: entry.isEnabled ? nil : "is switched off on the router"
    )
  }
}
