import PortControl
package import RhizomeDriver
package import RhizomeModel
import ServiceLifecycle
package import UPnP

/// Opens public ports on the homes' routers: the driver of `PortMapping`.
///
/// Each home says in `Zone.spec.gateway` how: by asking the router, by hand (`static`), or not at all. Run as a service it
/// renews leases and notices what the router forgot; it never brings back by itself what is gone, but gives notice, so
/// that drift policies hold.
package actor ZoneGatewayDriver: WatchfulDriver, Service {
  package nonisolated let name = "gateway"
  package nonisolated let capabilities = Capabilities(kinds: [.portMapping], maxConcurrency: 2, hasLastingFacts: true)
  package nonisolated let notices: AsyncStream<DriverNotice>

  private let label: MappingLabel
  private let gateways: @Sendable (String) async -> ZoneGateway?
  private let zones: @Sendable () async -> [String]
  private let makeFinder: FinderMaker
  private let network: HomeNetwork
  private let records: HomeRecords
  private let time: GatewayTime
  private let heard: @Sendable (Address, UPnPError) -> Void
  private let notify: AsyncStream<DriverNotice>.Continuation

  private var homes: [String: HomeRouter] = [:]
  /// Homes whose router is no longer to be driven, and is being cleared.
  private var retiring: [String: HomeRouter] = [:]
  /// What was remembered of homes before this process started; nil before it was read.
  private var remembered: [String: HomeRecord]?
  private let newHomes: AsyncStream<HomeRouter>
  private let newHome: AsyncStream<HomeRouter>.Continuation

  /// How to find a zone's router in one way.
  package typealias FinderMaker = @Sendable (PortMappingMethod, ZoneGateway) -> any GatewayFinding

  /// - Parameters:
  ///   - clusterID: of this cluster; its beginning labels our mappings on the router.
  ///   - gateways: how a zone, by name, reaches the internet now; nil when there is no such zone.
  ///   - zones: the names of the zones whose router can be asked from here.
  ///   - makeFinder: how to find a zone's router in one way, such as `finders`.
  ///   - records: what is remembered of homes between runs.
  ///   - heard: told why a router did not map a port.
  package init(
    clusterID: String,
    gateways: @escaping @Sendable (String) async -> ZoneGateway?,
    zones: @escaping @Sendable () async -> [String] = { [] },
    makeFinder: @escaping FinderMaker,
    network: HomeNetwork = .system(),
    records: HomeRecords = .none,
    time: GatewayTime = .system(),
    heard: @escaping @Sendable (Address, UPnPError) -> Void = { _, _ in }
  ) {
    (self.gateways, self.zones, self.makeFinder, self.network) = (gateways, zones, makeFinder, network)
    (self.records, self.time, self.heard) = (records, time, heard)
    label = MappingLabel(clusterID: clusterID)
    (notices, notify) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4096))
    (newHomes, newHome) = AsyncStream.makeStream()
  }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    await report(targets) { await $0.observe($1) }
  }

  package func glance(_ targets: [ObservationTarget]) async -> ObservationReport {
    await tendUnnamed(besides: Set(targets.map(Self.zone)))
    return await report(targets) { await $0.glance($1) }
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    let zone = try MappingName(operation.address).zone
    guard let settings = await settings(zone) else { return try NoGateway.perform(operation, zone: zone) }
    switch settings.mode {
    case .upnp: return try await perform(operation, on: home(zone, settings))
    case .static: return try StaticGateway.perform(operation)
    case .none: return try NoGateway.perform(operation, zone: zone)
    }
  }

  /// What is known of a zone's way to the internet; costs the router nothing.
  package func facts(ofZone zone: String) async -> [String: Value] {
    guard let settings = await settings(zone) else { return [:] }
    guard settings.mode == .upnp else { return ["gateway": .string(settings.mode.rawValue)] }
    return await home(zone, settings).zoneFacts()
  }

  /// What can be said of a zone's router where a look came to nothing; costs the router nothing.
  package func standing(ofZone zone: String) async -> RouterStanding {
    guard let settings = await settings(zone), settings.mode == .upnp else { return .neverFound }
    return await home(zone, settings).standing
  }

  /// Keeps leases alive until the service stops. Mappings stay on the router then: a restart of the daemon is nothing
  /// that members should notice.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        group.addTask { for await notice in self.network.announcements() { await self.heard(notice) } }
        for await home in self.newHomes { group.addTask { await home.keep() } }
        group.cancelAll()
      }
    }
  }
}

extension ZoneGatewayDriver {
  private static func zone(_ target: ObservationTarget) -> String {
    (try? MappingName(target.address).zone) ?? ""
  }

  /// Looks home by home, all at the same time.
  private func report(
    _ targets: [ObservationTarget],
    _ look: @escaping @Sendable (HomeRouter, [ObservationTarget]) async -> ObservationReport
  ) async -> ObservationReport {
    await withTaskGroup(of: ObservationReport.self) { group in
      for (zone, members) in Dictionary(grouping: targets, by: Self.zone) {
        group.addTask { await self.report(zone, members, look) }
      }
      var report = ObservationReport()
      for await part in group {
        report.observations.merge(part.observations) { $1 }
        report.foreign += part.foreign
      }
      report.foreign.sort()
      return report
    }
  }

  private func report(
    _ zone: String,
    _ targets: [ObservationTarget],
    _ look: @Sendable (HomeRouter, [ObservationTarget]) async -> ObservationReport
  ) async -> ObservationReport {
    guard let settings = await settings(zone) else {
      return .unknown(targets, reason: "Zone/\(zone) is not declared, so its router is not known")
    }
    guard settings.mode != .upnp else { return await look(home(zone, settings), targets) }
    await retire(zone)
    let seen = targets.map { target in
      (target.address, settings.mode == .static ? StaticGateway.observe(target) : .absent)
    }
    return ObservationReport(observations: Dictionary(seen, uniquingKeysWith: { $1 }))
  }

  /// How the zone is declared or, when it is not any more, as it last was: its mappings are still to be removed.
  private func settings(_ zone: String) async -> ZoneGateway? {
    if let declared = await gateways(zone) { return declared }
    return homes[zone]?.settings
  }

  private func perform(_ operation: Operation, on home: HomeRouter) async throws(DriverError) -> Outcome {
    guard operation.verb != .delete, let desired = operation.desired else {
      let made = operation.prior.flatMap { try? MappingWish(operation.address, $0.attributes) }
      try await home.withdraw(operation.address, MappingName(operation.address).key, made: made)
      return Outcome()
    }
    let wish = try MappingWish(operation.address, desired.attributes)
    return try await home.establish(wish, operation.address, adopting: operation.verb == .adopt)
  }
}

// MARK: - Everything there is

extension ZoneGatewayDriver: SurveyingDriver {
  package func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey {
    var survey = Survey()
    let zones = await zones()
    if zones.isEmpty {
      survey.remarks.append(SurveyRemark(.unknown, "the gateway", "is not known: no Zone of this machine is declared"))
    }
    for zone in zones {
      guard let settings = await settings(zone), settings.mode != .none else { continue }
      guard settings.mode == .upnp else {
        let message = "has a router that is set up by hand, and that Rhizome does not ask"
        survey.remarks.append(SurveyRemark(.byHand, "Zone/\(zone)", message))
        continue
      }
      do throws(DriverError) {
        survey.objects += try await home(zone, settings).survey(targets.filter { Self.zone($0) == zone })
      } catch {
        survey.remarks.append(SurveyRemark(.unknown, "Zone/\(zone)", "has a router that could not be read: \(error)"))
      }
    }
    return survey
  }
}

// MARK: - Homes

extension ZoneGatewayDriver {
  /// The router of a zone; a new one when the zone's settings changed, which takes up what it sees as ours.
  private func home(_ zone: String, _ settings: ZoneGateway) async -> HomeRouter {
    let record = await recall()[zone] ?? HomeRecord()
    if let known = homes[zone], known.settings == settings { return known }
    let before = homes[zone]
    let made = makeHome(zone, settings, before == nil ? record : await before?.record ?? record)
    guard homes[zone] === before else { return homes[zone] ?? made }
    homes[zone] = made
    await before?.stop()
    if let cleared = retiring.removeValue(forKey: zone) { await cleared.stop() }
    newHome.yield(made)
    return made
  }

  private func makeHome(_ zone: String, _ settings: ZoneGateway, _ record: HomeRecord) -> HomeRouter {
    let (notify, heard) = (notify, heard)
    let finders = settings.methods.map { ($0, makeFinder($0, settings)) }
    let parts = HomeRouter.Parts(
      finders: Dictionary(finders, uniquingKeysWith: { first, _ in first }),
      time: time,
      network: network,
      records: records,
      notify: { notify.yield($0) },
      heard: heard
    )
    return HomeRouter(zone: zone, settings: settings, label: label, record: record, parts: parts)
  }

  /// Homes that nobody asks about, but whose router was driven before: orphans may be left there, or the whole home is no
  /// longer ours to drive.
  private func tendUnnamed(besides zones: Set<String>) async {
    for zone in Set(await recall().keys).union(homes.keys).subtracting(zones).sorted() {
      let declared = await gateways(zone)
      if let declared, declared.mode == .upnp {
        _ = await home(zone, declared).glance([])
      } else {
        await retire(zone)
      }
    }
  }

  /// Has everything of ours removed from a router that is no longer to be driven.
  private func retire(_ zone: String) async {
    let record = await recall()[zone]
    guard retiring[zone] == nil else { return }
    let home: HomeRouter
    if let known = homes.removeValue(forKey: zone) {
      home = known
    } else if let record, record.router != nil {
      home = makeHome(zone, ZoneGateway(mode: .upnp), record)
      newHome.yield(home)
    } else {
      return
    }
    remembered?[zone] = nil
    retiring[zone] = home
    await home.retire()
  }

  /// What was remembered before this process started. What cannot be read now is asked for again with the next look.
  private func recall() async -> [String: HomeRecord] {
    if let remembered { return remembered }
    guard let read = try? await records.all() else { return [:] }
    remembered = remembered ?? read
    return remembered ?? [:]
  }

  /// A router announced something.
  private func heard(_ notice: RouterNotice) async {
    for home in homes.values { await home.heard(notice) }
  }

  /// Searches in one of the three ways, or asks the zone's description URL when one is declared.
  ///
  /// - Parameter secret: at least 12 bytes that nobody else knows, always the same for a text: it proves to a PCP router
  ///   that a mapping is ours.
  package static func finders(secret: @escaping @Sendable (String) -> [UInt8]) -> FinderMaker {
    let nonce: @Sendable (PortMappingKey) -> PCPNonce = { key in
      let bytes = secret("\(key)")
      return PCPNonce(
        high: bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) },
        low: bytes.dropFirst(4).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
      )
    }
    return { method, gateway in
      guard method == .upnp else {
        var options = PortControlFinder.Options()
        options.methods = [method]
        return PortControlFinder(options, nonce: nonce)
      }
      var options = UPnPGatewayFinder.Options()
      options.descriptionURL = gateway.descriptionURL
      return UPnPGatewayFinder(options)
    }
  }
}
