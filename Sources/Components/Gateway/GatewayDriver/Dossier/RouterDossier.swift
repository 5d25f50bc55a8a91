package import RhizomeModel
package import UPnP

/// What experience taught about one router.
package struct RouterDossier: Codable, Sendable, Hashable {
  /// Something that did not work.
  package struct Failure: Codable, Sendable, Hashable {
    package let message: String
    package let at: Timestamp
  }

  package var manufacturer = ""
  package var model = ""
  package var udn = ""
  package var descriptionURL = ""
  /// On the home's network; for routers that have nothing else to be told by.
  package var routerAddress = ""
  package var firstSeen: Timestamp
  /// The way that worked last, as in `PortMappingMethod`.
  package var lastGoodMethod: String
  /// Its manners that are not the standard's, and when they were first met.
  package var quirks: [String: Timestamp] = [:]
  package var lastError: Failure?

  package init(_ gateway: any PortMappingGateway, at now: Timestamp) {
    (firstSeen, lastGoodMethod) = (now, gateway.method.rawValue)
    update(gateway)
  }

  /// Whether `gateway` may be the same device. A router that was asked in another way tells less of itself.
  func describes(_ gateway: any PortMappingGateway) -> Bool {
    udn.isEmpty || gateway.identity.udn.isEmpty || udn == gateway.identity.udn
  }

  /// Takes over what it says of itself now.
  mutating func update(_ gateway: any PortMappingGateway) {
    let identity = gateway.identity
    lastGoodMethod = gateway.method.rawValue
    if !identity.udn.isEmpty { udn = identity.udn }
    if !identity.manufacturer.isEmpty { manufacturer = identity.manufacturer }
    if !identity.model.isEmpty { model = identity.model }
    if !identity.descriptionURL.isEmpty { descriptionURL = identity.descriptionURL }
    if let address = identity.routerAddress { routerAddress = address.description }
  }

  /// As `grant` wants them.
  var knownQuirks: RouterQuirks {
    var known = RouterQuirks()
    known.permanentLeasesOnly = quirks[Quirk.permanentLeasesOnly.rawValue] != nil
    known.hidesRemainingLease = quirks[Quirk.hidesRemainingLease.rawValue] != nil
    return known
  }

  mutating func learn(_ learned: RouterQuirks, at now: Timestamp) {
    set(.permanentLeasesOnly, learned.permanentLeasesOnly, at: now)
    set(.hidesRemainingLease, learned.hidesRemainingLease, at: now)
  }

  /// Notes that a quirk was met, or no longer is.
  mutating func set(_ quirk: Quirk, _ isMet: Bool, at now: Timestamp) {
    guard isMet else { return quirks[quirk.rawValue] = nil }
    quirks[quirk.rawValue] = quirks[quirk.rawValue] ?? now
  }

  /// Notes a failure; the same one again keeps its first time.
  mutating func failed(_ message: String, at now: Timestamp) {
    if lastError?.message != message { lastError = Failure(message: message, at: now) }
  }
}

/// Manners of routers that the driver remembers. The raw value is what people see.
enum Quirk: String, Sendable, CaseIterable {
  case permanentLeasesOnly = "grants only mappings without end"
  case hidesRemainingLease = "does not show how long a mapping lasts"
}
