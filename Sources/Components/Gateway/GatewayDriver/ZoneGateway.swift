package import RhizomeModel
package import UPnP

/// How one home reaches the internet: `Zone.spec.gateway`.
package struct ZoneGateway: Sendable, Hashable {
  /// Who opens ports on the router.
  package enum Mode: String, Sendable, Hashable {
    /// We do, through UPnP or one of the other ways in `methods`.
    case upnp
    /// A person has, by hand.
    case `static`
    /// Nobody: nothing is reachable from outside.
    case none
  }

  package var mode: Mode
  /// How long the router shall keep a mapping unless it is renewed, in seconds.
  package var lease: UInt32
  /// The ports this home has, where a public address is shared; nil for all.
  package var portRange: ClosedRange<Int64>?
  /// The router's description, when it does not answer to discovery.
  package var descriptionURL: String?
  /// The public address, when it is known and fixed.
  package var publicAddress: String?

  /// The ways to ask the router, in the order in which they are tried.
  package var methods = PortMappingMethod.allCases
  /// Whether ports are also opened for IPv6, where the router has a say in that.
  package var ipv6 = true

  package init(mode: Mode, lease: UInt32 = 3600) {
    self.mode = mode
    self.lease = lease
  }

  /// From the spec of a `Zone`. What is missing gets the schema's default.
  package init(zone spec: Value) {
    let gateway = spec["gateway"]
    mode = gateway["mode"].text.flatMap(Mode.init) ?? .none
    lease = Self.leaseSeconds(gateway["lease"]) ?? 3600
    if let from = gateway["portRange"]["from"].integer, let to = gateway["portRange"]["to"].integer, from <= to {
      portRange = from...to
    }
    descriptionURL = gateway["descriptionURL"].text
    publicAddress = gateway["publicAddress"].text
    let methods = (gateway["methods"].list ?? []).compactMap { $0.text.flatMap(PortMappingMethod.init) }
    if !methods.isEmpty { self.methods = methods }
    ipv6 = gateway["ipv6"].boolean ?? true
  }

  /// Milliseconds as the model has them to the whole seconds of UPnP: at least 2, at most a week (IGD:2).
  static func leaseSeconds(_ value: Value) -> UInt32? {
    value.integer.map { UInt32(min(max($0 / 1000, 2), 604_800)) }
  }
}
