package import RhizomeDriver
import RhizomeModel
import ServiceLifecycle
package import UPnP

/// Opens public ports on the homes' routers: the driver of `PortMapping`.
///
/// Each home says in `Zone.spec.gateway` how: through UPnP, by hand (`static`), or not at all. Run as a service it
/// renews leases at half their life and notices what the router forgot; it never brings back by itself what is gone,
/// but gives notice, so that drift policies hold.
package actor ZoneGatewayDriver: NotifyingDriver, Service {
  package nonisolated let name = "gateway"
  package nonisolated let capabilities = Capabilities(kinds: [.portMapping], maxConcurrency: 2)
  package nonisolated let notices: AsyncStream<DriverNotice>

  private let label: MappingLabel
  private let gateways: @Sendable (String) async -> ZoneGateway?
  private let makeFinder: @Sendable (ZoneGateway) -> any GatewayFinding
  private let time: GatewayTime
  private let notify: AsyncStream<DriverNotice>.Continuation
  private var zones: [String: UPnPZone] = [:]
  /// Homes that were driven through UPnP and no longer are; their mappings are still to be removed.
  private var retired: [UPnPZone] = []
  private var nap: Task<Void, Never>?
  private var hasNews = false

  /// - Parameters:
  ///   - clusterID: of this cluster; its beginning labels our mappings on the router.
  ///   - gateways: how a zone, by name, reaches the internet now; nil when there is no such zone.
  ///   - makeFinder: how to find a zone's router; by default a UPnP search on the default interface.
  package init(
    clusterID: String,
    gateways: @escaping @Sendable (String) async -> ZoneGateway?,
    makeFinder: @escaping @Sendable (ZoneGateway) -> any GatewayFinding = ZoneGatewayDriver.upnpFinder,
    time: GatewayTime = .system()
  ) {
    (self.gateways, self.makeFinder, self.time) = (gateways, makeFinder, time)
    label = MappingLabel(clusterID: clusterID)
    (notices, notify) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1024))
  }

  /// Searches, or asks the zone's description URL when one is declared.
  package static func upnpFinder(_ gateway: ZoneGateway) -> any GatewayFinding {
    var options = UPnPGatewayFinder.Options()
    options.descriptionURL = gateway.descriptionURL
    return UPnPGatewayFinder(options)
  }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    var report = ObservationReport()
    for (zone, members) in Dictionary(grouping: targets, by: Self.zone).sorted(by: { $0.key < $1.key }) {
      let part = await observe(zone, members)
      report.observations.merge(part.observations) { $1 }
      report.foreign += part.foreign
    }
    news()
    return report
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    let zone = try MappingName(operation.address).zone
    guard let settings = await settings(zone) else { return try NoGateway.perform(operation, zone: zone) }
    switch settings.mode {
    case .upnp: return try await perform(operation, on: router(zone, settings))
    case .static: return try StaticGateway.perform(operation)
    case .none: return try NoGateway.perform(operation, zone: zone)
    }
  }

  /// Keeps leases alive until the service stops. Mappings stay on the router then: a restart of the daemon is nothing
  /// that members should notice.
  package func run() async throws {
    await cancelWhenGracefulShutdown { await self.keepLeases() }
  }
}

extension ZoneGatewayDriver {
  private static func zone(_ target: ObservationTarget) -> String {
    (try? MappingName(target.address).zone) ?? ""
  }

  private func observe(_ zone: String, _ targets: [ObservationTarget]) async -> ObservationReport {
    guard let settings = await settings(zone) else {
      return .unknown(targets, reason: "Zone/\(zone) is not declared, so its router is not known")
    }
    switch settings.mode {
    case .upnp: return await router(zone, settings).observe(targets)
    case .static:
      retire(zone)
      return ObservationReport(
        observations: Dictionary(targets.map { ($0.address, StaticGateway.observe($0)) }, uniquingKeysWith: { $1 })
      )
    case .none:
      retire(zone)
      return ObservationReport(
        observations: Dictionary(targets.map { ($0.address, .absent) }, uniquingKeysWith: { $1 })
      )
    }
  }

  /// How the zone is declared or, when it is not any more, as it last was: its mappings are still to be removed.
  private func settings(_ zone: String) async -> ZoneGateway? {
    if let declared = await gateways(zone) { return declared }
    return zones[zone]?.settings
  }

  private func perform(_ operation: Operation, on router: UPnPZone) async throws(DriverError) -> Outcome {
    guard operation.verb != .delete, let desired = operation.desired else {
      try await router.withdraw(operation.address, MappingName(operation.address).key)
      return Outcome()
    }
    let wish = try MappingWish(operation.address, desired.attributes)
    let outcome = try await router.establish(wish, operation.address, adopting: operation.verb == .adopt)
    news()
    return outcome
  }

  /// The router of a zone; a new one when the zone's settings changed, which takes up what it sees as ours.
  private func router(_ zone: String, _ settings: ZoneGateway) -> UPnPZone {
    if let known = zones[zone], known.settings == settings { return known }
    let made = UPnPZone(zone: zone, settings: settings, label: label, finder: makeFinder(settings), time: time)
    zones[zone] = made
    return made
  }

  private func retire(_ zone: String) {
    guard let router = zones.removeValue(forKey: zone) else { return }
    retired.append(router)
  }
}

// MARK: - Keeping leases

extension ZoneGatewayDriver {
  /// Between two rounds when nothing is held, and at most.
  private static let longestNap = Duration.seconds(60)

  private func keepLeases() async {
    while !Task.isCancelled {
      hasNews = false
      let next = await tendAll()
      if hasNews { continue }
      await nap(until: next)
    }
  }

  private func tendAll() async -> Duration {
    var next = time.uptime() + Self.longestNap
    let notify = notify
    for (_, router) in zones.sorted(by: { $0.key < $1.key }) {
      if let due = await router.tend({ notify.yield($0) }) { next = min(next, due) }
    }
    let leaving = retired
    retired = []
    for router in leaving where await !router.withdrawAll() { retired.append(router) }
    return next
  }

  private func nap(until wake: Duration) async {
    let (length, sleep) = (max(wake - time.uptime(), .milliseconds(10)), time.sleep)
    let nap = Task { _ = try? await sleep(length) }
    self.nap = nap
    await withTaskCancellationHandler {
      await nap.value
    } onCancel: {
      nap.cancel()
    }
  }

  /// Ends a nap: there may be a lease that is due sooner.
  private func news() {
    hasNews = true
    nap?.cancel()
  }
}
