internal import RhizomeModel

/// What a machine lets in: its own `allow`, and the ports of the services that are placed on it.
enum HostFirewall {
  /// What every managed firewall lets in; the words are those of the driver.
  static let basics = [
    "dhcp", "dhcpv6", "established", "icmp", "icmpv6", "igmp", "loopback", "mld", "neighbours", "ssdp",
  ]

  static func isManaged(_ node: Declaration) -> Bool { node.spec["firewall"]["mode"].text == "managed" }

  static func attributes(of node: Declaration, _ catalog: Catalog) -> Value {
    var attributes: [String: Value] = [
      "policy": "drop", "openings": .map(openings(of: node, catalog).mapValues(\.value)),
      "nodes": .strings(addresses(for: node, catalog)), "basics": .strings(basics),
      "confirm": node.spec["firewall"]["confirm"],
    ]
    if node.annotations["rhizome/firewall-force"]?.value == "true" { attributes["force"] = true }
    return .map(attributes)
  }

  /// All openings of a machine, by name. What a person wrote for the machine keeps its name.
  static func openings(
    of node: Declaration,
    _ catalog: Catalog
  ) -> [String: HostOpening] {
    var result = (node.spec["firewall"]["allow"].map ?? [:]).compactMapValues(HostOpening.init(allowance:))
    for opening in merged(servicePorts(of: node, catalog)) {
      let name = [opening.name, "\(opening.name)-\(opening.from)"].first { result[$0] == nil }
      result[name ?? "\(opening.name)-\(opening.from)-service"] = opening
    }
    return result
  }

  /// The IP addresses of the other machines, sorted.
  static func addresses(for node: Declaration, _ catalog: Catalog) -> [String] {
    let others = catalog.all(.node).filter { $0.address != node.address }
    return Set(others.compactMap(address)).sorted()
  }

  /// The address that a firewall knows a machine by; nil for a host name, and for one that only the machine itself uses.
  static func address(of node: Declaration) -> String? {
    guard let text = node.spec["address"].text, !text.hasPrefix("127."), text != "::1" else { return nil }
    let numbers = text.split(separator: ".")
    let isIPv4 = numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
    return isIPv4 || text.utf8.contains(UInt8(ascii: ":")) ? text : nil
  }

  private static func servicePorts(
    of node: Declaration,
    _ catalog: Catalog
  ) -> Set<HostOpening> {
    let services = catalog.all(.service).filter { service in
      catalog.placement.machines(of: service.address.name).contains { $0.name == node.address.name }
    }
    return Set(services.flatMap { ($0.spec["ports"].map ?? [:]).values.compactMap(HostOpening.init(port:)) })
  }

  /// Everybody includes the others.
  private static func merged(_ openings: Set<HostOpening>) -> [HostOpening] {
    let all = Set(openings.filter { $0.from == "all" }.map(\.name))
    return openings.filter { $0.from == "all" || !all.contains($0.name) }.sorted {
      ($0.name, $0.from) < ($1.name, $1.from)
    }
  }
}

/// One or more ports, and who comes in there.
struct HostOpening: Sendable, Hashable {
  let transport: String
  let first: Int64
  /// Nil for a single port.
  let last: Int64?
  let from: String

  var name: String { "\(transport)-\(first)" }

  /// From `Node.spec.firewall.allow`.
  init?(allowance: Value) {
    guard let port = allowance["port"].integer else { return nil }
    transport = allowance["protocol"].text ?? "tcp"
    from = allowance["from"].text ?? "lan"
    (first, last) = (port, allowance["to"].integer.flatMap { $0 == port ? nil : $0 })
  }

  /// From a port of a service; nil when nobody comes in.
  init?(port: Value) {
    guard let number = port["port"].integer else { return nil }
    let audience = port["open"].text ?? (port["public"].isNull ? "nodes" : "all")
    guard audience != "none" else { return nil }
    (transport, from, first, last) = (port["protocol"].text ?? "tcp", audience, number, nil)
  }

  func contains(_ port: Int64) -> Bool { first <= port && port <= last ?? first }

  var value: Value {
    var members: [String: Value] = [
      "protocol": .string(transport), "port": .integer(first), "from": .string(from),
    ]
    if let last { members["to"] = .integer(last) }
    return .map(members)
  }
}
