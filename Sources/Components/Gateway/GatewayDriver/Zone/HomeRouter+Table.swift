import RhizomeDriver
import RhizomeModel
import UPnP

/// Reading the router's table.
extension HomeRouter {
  /// So many entries that its table does not show are looked up singly, and when none of them is there either, the table
  /// is believed for the rest: tables may end early, hide entries, or change while they are read.
  private static let probes = 3
  /// No table of a home's router is longer than this.
  static let longestTable = 512

  /// The entries of `keys`, from the table and singly.
  ///
  /// - Throws: `UPnPError` when any of them could not be looked at; `CancellationError`.
  func readEntries(_ keys: [PortMappingKey]) async throws -> [PortMappingKey: PortMapping] {
    let hasTable = try await readTable()
    var misses = 0
    for key in keys where shown[key] == nil && (!hasTable || misses < Self.probes) {
      shown[key] = try await ask { try await $0.lookUp(key) }
      misses = shown[key] == nil ? misses + 1 : 0
    }
    return shown
  }

  /// Reads the whole table, and lets go of what was known of it before.
  ///
  /// - Returns: false when the router does not show one.
  func readTable() async throws -> Bool {
    try await hearFirst()
    do {
      let entries = try await ask { try await $0.entries(limit: Self.longestTable) }
      shown = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
      tableReadAt = now
      return true
    } catch let error as UPnPError {
      guard case .refused = error.code else { throw error }
      (shown, tableReadAt) = ([:], now)
      return false
    }
  }

  /// Everything on the router that no resource stands for.
  func foreignObjects(besides keys: Set<PortMappingKey>) -> [ForeignObject] {
    shown.values.filter { !keys.contains($0.key) }.map { entry in
      let address = MappingName.address(zone, entry.key)
      return ForeignObject(
        address: address,
        mark: holders.label.mark(entry, address),
        summary: holders.summary(entry, local: localAddress)
      )
    }.sorted()
  }
}
