import RhizomeDriver
import RhizomeModel
import UPnP

/// Mappings of ours that nobody knows of any more, as a crash or a lost state folder leaves them.
extension HomeRouter {
  /// How long an orphan is watched first: what is being made right now is in no books yet.
  private static let watched = Duration.seconds(30)

  /// Notes which of the entries shown last are orphans; needs to know who belongs to this home.
  func suspectOrphans() async {
    let orphans = shown.values.filter(isOrphan).map(\.key)
    suspects = Dictionary(orphans.map { ($0, suspects[$0] ?? now) }, uniquingKeysWith: { $1 })
    if !suspects.isEmpty { wake() }
  }

  /// Ours by its label, leading to this machine, and neither kept, declared, recorded, nor let go on purpose.
  private func isOrphan(_ entry: PortMapping) -> Bool {
    guard let roll, let localAddress, holders.label.isOurs(entry), entry.client == localAddress.description else {
      return false
    }
    let address = MappingName.address(zone, entry.key)
    return wishes[address] == nil && !roll.contains(address) && !record.letGo.contains(address.description)
  }

  /// Removes what has been an orphan for a while, after one more look.
  ///
  /// - Returns: when the next one is due.
  func collectOrphans() async -> Duration? {
    for (key, since) in suspects.sorted(by: { $0.key < $1.key }) where since + Self.watched <= now {
      do {
        try await lock.run { try await collect(key) }
        suspects[key] = nil
      } catch {
        suspects[key] = now
      }
    }
    return suspects.values.min().map { $0 + Self.watched }
  }

  private func collect(_ key: PortMappingKey) async throws {
    shown[key] = try await ask { try await $0.lookUp(key) }
    guard let entry = shown[key], isOrphan(entry) else { return }
    let address = MappingName.address(zone, key)
    try await remove(address, key)
    let what = holders.summary(entry, local: localAddress)
    parts.notify(
      DriverNotice(
        address,
        reason: "OrphanRemoved",
        message: "removed from the router of \(zone), because nothing declares it and no record has it: \(what)"
      )
    )
  }

  /// Removes everything of ours from a router that is no longer ours to drive, then stops.
  ///
  /// - Returns: when to come again.
  func clearOut() async -> Duration {
    do {
      try await lock.run { try await removeAll() }
      try await parts.records.remove(zone)
      stop()
    } catch {
      return now + .seconds(5)
    }
    return now
  }

  private func removeAll() async throws {
    let keys = Set(try await readEntries(wishes.values.map(\.key).sorted()).values.filter(isOfThisMachine).map(\.key))
    for key in keys.union(wishes.values.map(\.key)).sorted() {
      try await remove(MappingName.address(zone, key), key)
    }
    for address in record.pinholes.keys.sorted().compactMap({ Address($0) }) { await closePinhole(address) }
  }

  private func isOfThisMachine(_ entry: PortMapping) -> Bool {
    holders.label.isOurs(entry) && entry.client == localAddress?.description
  }

  /// This home's router is not to be driven any more: remove what is there, and stop.
  func retire() {
    isRetired = true
    wake()
  }
}
