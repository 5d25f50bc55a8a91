package import Reachability
package import RhizomeModel
package import STUN
import UPnP

/// What the manifests say about who can look at whom from outside, as one node has it.
package struct Neighbourhood: Sendable, Hashable {
  /// A node of another home that offers to look.
  package struct Prober: Sendable, Hashable {
    package let peer: ProbePeer
    /// As declared; nil when its home's address has to be known otherwise.
    package let host: String?
    package let port: UInt16
  }

  package let cluster: String
  package let node: String
  package let zone: String
  package let stun: [STUNClient.Server]
  package let interval: Duration
  /// The mappings that this machine cares for.
  package let ports: [Address: PublicPort]
  /// Zones where a person forwards ports by hand.
  package let byHand: Set<String>
  /// All nodes with a key.
  package let peers: [ProbePeer]
  /// Public TCP ports by zone.
  package let declared: [String: Set<UInt16>]
  /// Of other homes, by name.
  package let probers: [Prober]

  /// - Parameters:
  ///   - desired: this machine's share.
  ///   - node: which Node this machine is; nil when only one is declared.
  /// - Returns: nil when no Cluster is declared, or not this node.
  package init?(_ desired: DesiredState, node: String?) {
    let elsewhere = desired.share?.elsewhere ?? [:]
    let nodes = desired.resources.values.filter { $0.address.kind == .node }
    let mine = node ?? (nodes.count == 1 ? nodes.first?.address.name : nil)
    guard let cluster = desired.cluster, let mine,
      let home = desired.resources[Address(.node, mine)]?.attributes["zone"].text
    else { return nil }
    (self.cluster, self.node, zone) = (cluster.address.name, mine, home)
    let settings = cluster.attributes["reachability"]
    stun = (settings["stun"].texts ?? []).compactMap { STUNClient.Server($0) }
    interval = .milliseconds(settings["interval"].integer ?? 600_000)
    let mappings = desired.resources.values.filter { $0.address.kind == .portMapping }
    ports = Dictionary(
      mappings.compactMap { Self.port($0) }.filter { $0.port.zone == home }.map { ($0.address, $0.port) },
      uniquingKeysWith: { $1 }
    )
    byHand = Self.byHand(desired)
    peers = nodes.compactMap { Self.peer($0) }.sorted { $0.node < $1.node }
    let names = mappings.map(\.address) + elsewhere.keys.filter { $0.kind == .portMapping }
    declared = Self.tcpPorts(names)
    probers = Self.probers(desired, declared, peers, elsewhere, besides: home)
  }

  private static func port(_ resource: Resource) -> (address: Address, port: PublicPort)? {
    let fields = resource.attributes
    guard let zone = fields["zone"].text, let service = fields["service"].text,
      let transport = fields["protocol"].text.flatMap({ TransportProtocol(rawValue: $0.uppercased()) }),
      let external = fields["externalPort"].integer.flatMap(UInt16.init(exactly:)),
      let inner = fields["internalPort"].integer.flatMap(UInt16.init(exactly:))
    else { return nil }
    let key = PortMappingKey(transport, external)
    return (resource.address, PublicPort(zone: zone, service: service, key: key, internalPort: inner))
  }

  private static func byHand(_ desired: DesiredState) -> Set<String> {
    let zones = desired.resources.values.filter {
      $0.address.kind == .zone && $0.attributes["gateway"]["mode"].text == "static"
    }
    return Set(zones.map(\.address.name))
  }

  private static func peer(_ node: Resource) -> ProbePeer? {
    guard let zone = node.attributes["zone"].text, let key = node.attributes["key"].text.flatMap(NodeKey.verifying)
    else { return nil }
    return ProbePeer(node: node.address.name, zone: zone, key: key)
  }

  /// From names such as `home.tcp-8443`.
  private static func tcpPorts(_ addresses: [Address]) -> [String: Set<UInt16>] {
    var found: [String: Set<UInt16>] = [:]
    for address in addresses {
      let parts = address.name.split(separator: ".")
      guard parts.count == 2, parts[1].hasPrefix("tcp-"), let port = UInt16(parts[1].dropFirst(4)) else { continue }
      found[String(parts[0]), default: []].insert(port)
    }
    return found
  }

  /// Nodes of other homes in which a public port of a service `run: {builtin: probe}` is declared; the very node where it
  /// is known, else each of that home in turn.
  private static func probers(
    _ desired: DesiredState,
    _ declared: [String: Set<UInt16>],
    _ peers: [ProbePeer],
    _ elsewhere: [Address: [String]],
    besides home: String
  ) -> [Prober] {
    let services = desired.resources.values.filter { $0.attributes["run"]["builtin"].text == "probe" }
    let ports = services.flatMap { service in
      (service.attributes["ports"].map ?? [:]).values.compactMap {
        $0["public"]["port"].integer.flatMap(UInt16.init(exactly:))
      }
    }
    return Set(ports).sorted().flatMap { port in
      peers.filter { peer in
        guard peer.zone != home, declared[peer.zone]?.contains(port) == true else { return false }
        let machines = elsewhere[Address(.portMapping, "\(peer.zone).tcp-\(port)")] ?? []
        return machines.isEmpty || machines.contains(peer.node)
      }.map { peer in
        let host = desired.resources[Address(.zone, peer.zone)]?.attributes["gateway"]["publicAddress"].text
        return Prober(peer: peer, host: host, port: port)
      }
    }
  }
}

extension Neighbourhood {
  /// What this node needs to know for looking at the ports of others.
  package func book(_ me: ProbeIdentity) -> ProberBook {
    ProberBook(me: me, zone: zone, peers: peers, ports: declared)
  }
}
