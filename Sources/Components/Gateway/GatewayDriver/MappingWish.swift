import RhizomeDriver
import RhizomeModel
import UPnP

/// One public port as declared, read from the attributes of a `PortMapping`.
struct MappingWish: Sendable, Hashable {
  let zone: String
  let key: PortMappingKey
  /// As declared; a loopback address stands for this machine.
  let internalAddress: String
  private let address: IPv4Address?
  let internalPort: UInt16
  /// Seconds; nil leaves it to the zone.
  let lease: UInt32?

  /// - Throws: `DriverError` with code `invalid`, naming what is missing or out of range.
  init(_ resource: Address, _ attributes: Value) throws(DriverError) {
    let name = try MappingName(resource)
    guard let host = attributes["internalAddress"].text, !host.isEmpty else {
      throw DriverError(.invalid, "\(resource) does not say which machine it leads to (internalAddress)")
    }
    guard let port = attributes["internalPort"].integer.flatMap(UInt16.init(exactly:)), port > 0 else {
      throw DriverError(.invalid, "\(resource) needs an internalPort from 1 to 65535")
    }
    guard Self.loopbackNames.contains(host) || IPv4Address(host) != nil else {
      throw DriverError(
        .invalid,
        "a port can be forwarded to an IPv4 address of the home only, not to '\(host)'; "
          + "give the node its address on the home's network"
      )
    }
    (zone, key, internalAddress, internalPort) = (name.zone, name.key, host, port)
    address = IPv4Address(host)
    lease = ZoneGateway.leaseSeconds(attributes["lease"])
  }

  /// True when the declaration means the machine that asks, by one of its own names for itself.
  var leadsToThisMachine: Bool {
    Self.loopbackNames.contains(internalAddress) || address.map { $0.rawValue >> 24 == 127 } ?? false
  }

  private static let loopbackNames: Set<String> = ["localhost", "::1", "0.0.0.0", "::"]

  /// Where the router shall send the traffic.
  ///
  /// - Parameter local: this machine's address on the home's network.
  func client(local: IPv4Address) -> IPv4Address {
    guard let address, !leadsToThisMachine else { return local }
    return address
  }
}

/// The parts of a `PortMapping`'s name: `ZONE.PROTOCOL-PORT`, such as `home.tcp-8443`.
struct MappingName: Sendable, Hashable {
  let zone: String
  let key: PortMappingKey

  /// - Throws: `DriverError` with code `invalid` when the name has another shape.
  init(_ address: Address) throws(DriverError) {
    let parts = address.name.split(separator: ".", maxSplits: 1).map(String.init)
    let words = parts.count == 2 ? parts[1].split(separator: "-").map(String.init) : []
    guard address.kind == .portMapping, words.count == 2, let port = UInt16(words[1]), port > 0,
      let transport = TransportProtocol(rawValue: words[0].uppercased())
    else {
      throw DriverError(.invalid, "\(address) is not a port mapping's address, such as PortMapping/home.tcp-8443")
    }
    (zone, key) = (parts[0], PortMappingKey(transport, port))
  }

  /// The address of the mapping that `key` is in `zone`.
  static func address(_ zone: String, _ key: PortMappingKey) -> Address {
    Address(.portMapping, "\(zone).\(key.transport.rawValue.lowercased())-\(key.externalPort)")
  }
}
