import RhizomeDriver
import RhizomeModel
import UPnP

/// Answers what is there: by looking, or from what keeping watch has shown.
extension HomeRouter {
  /// A table read so long ago serves a look at a single port, or a second for each entry on it: looks of one plan come
  /// together, and long tables are slow to read.
  private static let youngTable = Duration.seconds(5)
  /// What a notice was given for is not looked at twice.
  private static let youngSighting = Duration.seconds(5)
  /// How often the table is read only to see what others have on it, for each mapping on it; long tables are read only
  /// when something happened.
  private static let tablePause = Duration.seconds(60)
  private static let longTable = 64

  /// Looks at the targets. A look that fails leaves them unknown.
  func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    var report = ObservationReport()
    var rest: [ObservationTarget] = []
    for target in targets {
      if let sighting = takeSighting(target.address), let name = try? MappingName(target.address) {
        report.observations[target.address] = observation(target, name.key, sighting.entry)
      } else {
        rest.append(target)
      }
    }
    if !rest.isEmpty { report.observations.merge(await lookOrExplain(rest)) { $1 } }
    report.foreign = foreignObjects(besides: Set(targets.compactMap { try? MappingName($0.address).key }))
    return report
  }

  /// The routine look at all that concerns this home. What is kept alive is watched anyhow, so that the router is not
  /// asked again.
  ///
  /// - Parameter targets: all of this home's mappings that are declared or recorded.
  func glance(_ targets: [ObservationTarget]) async -> ObservationReport {
    callTheRoll(targets.map(\.address))
    guard isTending, gateway != nil, !book.isAway, !isTableDue else {
      if targets.isEmpty { await readTableForOrphans() }
      let report = await observe(targets)
      await suspectOrphans()
      return report
    }
    let unwatched = targets.filter { book.leases[$0.address] == nil || !isAsRecorded($0) }
    // Who acts looks at the one mapping first, so that what was last seen is enough where looking at all is slow.
    let isEnough = unwatched.isEmpty || shown.count > Self.longTable && tableReadAt != nil
    var report = isEnough ? ObservationReport() : await observe(unwatched)
    for target in targets where report.observations[target.address] == nil {
      guard let name = try? MappingName(target.address) else { continue }
      report.observations[target.address] = observation(target, name.key, shown[name.key])
    }
    report.foreign = foreignObjects(besides: Set(targets.compactMap { try? MappingName($0.address).key }))
    return report
  }

  /// Nothing of this home is wanted here, but something may have been left behind.
  private func readTableForOrphans() async {
    guard isTableDue, !(isTending && book.isAway) else { return }
    do { try await lock.run { _ = try await readEntries([]) } } catch {}
  }

  private var isTableDue: Bool {
    guard let tableReadAt else { return true }
    return shown.count <= Self.longTable && now - tableReadAt >= Self.tablePause * max(shown.count, 1)
  }

  private var isTableYoung: Bool {
    tableReadAt.map { now - $0 < max(Self.youngTable, .seconds(shown.count)) } ?? false
  }

  private func isAsRecorded(_ target: ObservationTarget) -> Bool {
    guard let prior = target.prior, let wish = try? MappingWish(target.address, prior.attributes) else { return false }
    return wishes[target.address] == wish && shown[wish.key] != nil
  }

  /// Notes who belongs to this home. What was kept and does not any more was forgotten by somebody's wish.
  private func callTheRoll(_ addresses: [Address]) {
    let roll = Set(addresses)
    self.roll = roll
    for address in wishes.keys.sorted() where !roll.contains(address) {
      wishes[address] = nil
      book.release(address)
      record.letGo.insert(address.description)
    }
    record.letGo.subtract(roll.map(\.description))
  }

  private func takeSighting(_ address: Address) -> Sighting? {
    guard let sighting = sightings.removeValue(forKey: address), now - sighting.at < Self.youngSighting else {
      return nil
    }
    return sighting
  }

  private func lookOrExplain(_ targets: [ObservationTarget]) async -> [Address: Observation] {
    do {
      if isTending, book.isAway { throw UPnPError(.unreachable, silence) }
      return try await lock.run { try await look(targets) }
    } catch {
      unanswered.formUnion(targets.map(\.address))
      let reason = (error as? UPnPError)?.message ?? "stopped before the router answered"
      return ObservationReport.unknown(targets, reason: reason).observations
    }
  }

  private var silence: String {
    searchError?.message ?? "the router of \(zone) does not answer; it is looked at as soon as it does"
  }

  private func look(_ targets: [ObservationTarget]) async throws -> [Address: Observation] {
    let named = targets.map { target in (target, name: try? MappingName(target.address)) }
    let keys = named.compactMap(\.name?.key)
    _ = try await router(within: Self.patience)
    if keys.count == 1, let key = keys.first, isTableYoung || shown.count > Self.longTable {
      shown[key] = try await ask { try await $0.lookUp(key) }
    } else {
      _ = try await readEntries(keys)
    }
    try await learnStatus()
    return Dictionary(
      named.map { target, name in
        guard let name else { return (target.address, .unknown(reason: "its name is not one of a port mapping")) }
        return (target.address, observation(target, name.key, shown[name.key]))
      },
      uniquingKeysWith: { $1 }
    )
  }

  /// The public address, where no heartbeat has asked for it yet.
  func learnStatus() async throws {
    guard !isTending || status == nil else { return }
    do { answered(try await ask { try await Self.status($0) }) } catch is UPnPError {}
  }

  private func observation(_ target: ObservationTarget, _ key: PortMappingKey, _ entry: PortMapping?) -> Observation {
    guard let entry, let localAddress, entry.isEnabled || !holders.label.isOurs(entry) else {
      lostSight(target.address, key)
      return .absent
    }
    keepAlive(target, entry, localAddress)
    return .present(
      ObservedResource(
        attributes: attributes(entry, target, localAddress),
        mark: holders.label.mark(entry, target.address),
        facts: facts(entry, lease: book.leases[target.address])
      )
    )
  }

  private func lostSight(_ address: Address, _ key: PortMappingKey) {
    guard wishes.removeValue(forKey: address) != nil else { return }
    book.lost(address, at: now)
    contests[key]?.lost(at: now)
  }

  /// Takes up renewing what was made before this process started, and lets go of what is no longer as it was made.
  private func keepAlive(_ target: ObservationTarget, _ entry: PortMapping, _ local: IPv4Address) {
    let address = target.address
    guard holders.mayTouch(entry, local: local), let prior = target.prior,
      let wish = try? MappingWish(address, prior.attributes),
      entry.client == wish.client(local: local).description, entry.internalPort == wish.internalPort
    else { return lostSight(address, entry.key) }
    if wishes[address] != wish || book.leases[address] == nil {
      let asked = quirks.permanentLeasesOnly ? 0 : wish.lease ?? settings.lease
      wishes[address] = wish
      book.keep(address, GrantedLease(entry, asked: asked), at: now, jitter: parts.time.jitter())
      _ = saw(address, entry)
      wake()
    }
  }

  private func attributes(_ entry: PortMapping, _ target: ObservationTarget, _ local: IPv4Address) -> Value {
    [
      "zone": .string(zone),
      "protocol": .string(entry.key.transport.rawValue.lowercased()),
      "externalPort": .integer(Int64(entry.key.externalPort)),
      "internalAddress": .string(internalAddress(entry, target, local)),
      "internalPort": .integer(Int64(entry.internalPort)),
    ]
  }

  /// The router's word, put as the declaration puts it when both mean this machine.
  private func internalAddress(_ entry: PortMapping, _ target: ObservationTarget, _ local: IPv4Address) -> String {
    let attributes = target.desired?.attributes ?? target.prior?.attributes
    guard entry.client == local.description,
      let wish = attributes.flatMap({ try? MappingWish(target.address, $0) }), wish.leadsToThisMachine
    else { return UPnPError.printable(entry.client) }
    return wish.internalAddress
  }
}
