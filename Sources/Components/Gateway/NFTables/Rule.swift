/// One rule of our chain: when all matches hold, the packet is accepted. All our rules accept, so their order says nothing.
struct Rule: Sendable, Hashable {
  let matches: [Match]
  /// Says what the rule is part of: `basic NAME` or `opening NAME`.
  let comment: String

  var text: String { (matches.map(\.text) + ["accept", "comment", "\"\(comment)\""]).joined(separator: " ") }
}

/// One condition of a rule.
enum Match: Sendable, Hashable {
  enum Side: String, Sendable, Hashable { case sport, dport }
  enum Group: String, Sendable, Hashable { case lan, nodes }

  case loopback
  case established
  case igmp
  case port(Opening.Transport, Side, ClosedRange<UInt16>)
  /// The sender is in the set `lan4`, `nodes6` and alike.
  case source(Group, isIPv4: Bool)
  case sourceNetwork(IPNetwork)
  case icmp(Set<String>)
  case icmpv6(Set<String>)
  /// Comes from a direct neighbour: a router would have lowered it (RFC 4861, 6.1.2 and 7.1).
  case hopLimit255

  var text: String {
    switch self {
    case .loopback: "iifname \"lo\""
    case .established: "ct state established,related"
    case .igmp: "ip protocol igmp"
    case .port(let transport, let side, let ports): "\(transport.rawValue) \(side.rawValue) \(Match.text(ports))"
    case .source(let group, isIPv4: true): "ip saddr @\(group.rawValue)4"
    case .source(let group, isIPv4: false): "ip6 saddr @\(group.rawValue)6"
    case .sourceNetwork(let network): "\(network.address.isIPv4 ? "ip" : "ip6") saddr \(network)"
    case .icmp(let types): "icmp type { \(types.sorted().joined(separator: ", ")) }"
    case .icmpv6(let types): "icmpv6 type { \(types.sorted().joined(separator: ", ")) }"
    case .hopLimit255: "ip6 hoplimit 255"
    }
  }

  private static func text(_ ports: ClosedRange<UInt16>) -> String {
    ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
  }
}

extension Basic {
  private static let linkLocal = IPNetwork("fe80::/10").map(Match.sourceNetwork)

  /// What this comes to in rules.
  var rules: [Rule] { conditions.map { Rule(matches: $0, comment: "basic \(rawValue)") } }

  private var conditions: [[Match]] {
    let near = [Self.linkLocal].compactMap { $0 }
    return switch self {
    case .dhcp: [[.port(.udp, .sport, 67...67), .port(.udp, .dport, 68...68)]]
    case .dhcpv6: [near + [.port(.udp, .sport, 547...547), .port(.udp, .dport, 546...546)]]
    case .established: [[.established]]
    case .icmp: [[.icmp(["destination-unreachable", "echo-request", "parameter-problem", "time-exceeded"])]]
    case .icmpv6:
      [
        [
          .icmpv6([
            "destination-unreachable", "echo-request", "packet-too-big", "parameter-problem", "time-exceeded",
          ])
        ]
      ]
    case .igmp: [[.igmp]]
    case .loopback: [[.loopback]]
    case .mld:
      [near + [.icmpv6(["mld-listener-done", "mld-listener-query", "mld-listener-report", "mld2-listener-report"])]]
    case .neighbours: [[.hopLimit255, .icmpv6(["nd-neighbor-advert", "nd-neighbor-solicit", "nd-router-advert"])]]
    case .ssdp: [true, false].map { [.source(.lan, isIPv4: $0)] + Self.searchAnswer }
    }
  }

  /// To a port that programs get from the system, never to a well-known service.
  private static let searchAnswer: [Match] = [.port(.udp, .sport, 1900...1900), .port(.udp, .dport, 1024...65_535)]
}

extension Opening {
  /// What this comes to in rules: one, or one for each family where senders are looked up in a set.
  func rules(named name: String) -> [Rule] {
    let port = Match.port(transport, .dport, ports)
    let comment = "opening \(name)"
    let group: Match.Group
    switch audience {
    case .all: return [Rule(matches: [port], comment: comment)]
    case .lan: group = .lan
    case .nodes: group = .nodes
    }
    return [true, false].map { Rule(matches: [.source(group, isIPv4: $0), port], comment: comment) }
  }

  /// The opening that a rule is a part of; nil when it is no part of one.
  init?(_ rule: Rule) {
    guard case .port(let transport, .dport, let ports)? = rule.matches.last else { return nil }
    switch rule.matches.dropLast() {
    case []: self.init(transport, ports, from: .all)
    case [.source(.lan, isIPv4: true)], [.source(.lan, isIPv4: false)]: self.init(transport, ports, from: .lan)
    case [.source(.nodes, isIPv4: true)], [.source(.nodes, isIPv4: false)]: self.init(transport, ports, from: .nodes)
    default: return nil
    }
  }
}
