/// What the one table `inet rhizome` says: whom it lets in where, and that nobody else comes in.
///
/// The same value is written to the kernel and read back, so that drift is a difference of fields.
package struct FirewallTable: Sendable, Hashable {
  /// What happens to what no rule lets in.
  package enum Policy: String, Sendable, Hashable { case drop, accept }

  /// Nil where the chain is missing or hangs in another place.
  package var policy: Policy?
  package var openings: [String: Opening]
  package var basics: Set<Basic>
  /// The home's own networks: who `lan` is.
  package var lan: [IPNetwork]
  /// The other machines: who `nodes` is.
  package var nodes: [IPAddress]
  /// What stands in the table and is not understood: each as a short text.
  package var extra: [String]

  package init(
    policy: Policy? = .drop,
    openings: [String: Opening] = [:],
    basics: Set<Basic> = Set(Basic.allCases),
    lan: [IPNetwork] = [],
    nodes: [IPAddress] = [],
    extra: [String] = []
  ) {
    self.policy = policy
    self.openings = openings
    self.basics = basics
    self.lan = IPNetwork.withoutOverlaps(lan)
    self.nodes = Set(nodes).sorted()
    self.extra = extra
  }

  package static let family = "inet"
  package static let name = "rhizome"
  static let chain = "input"
  /// After the usual place of filters (0), so that what others turn away never gets here.
  static let priority = 10
}

/// One or more ports, and who comes in there.
package struct Opening: Sendable, Hashable {
  package enum Transport: String, Sendable, Hashable, CaseIterable { case tcp, udp }
  package enum Audience: String, Sendable, Hashable, CaseIterable { case lan, nodes, all }

  package var transport: Transport
  package var ports: ClosedRange<UInt16>
  package var audience: Audience

  package init(_ transport: Transport, _ ports: ClosedRange<UInt16>, from audience: Audience) {
    (self.transport, self.ports, self.audience) = (transport, ports, audience)
  }

  /// Names are put into the ruleset as comments: nothing but a-z, 0-9 and hyphens, 1 to 100 of them.
  package static func isName(_ text: String) -> Bool {
    (1...100).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-")
      }
  }
}

/// What a machine on a network cannot do without.
package enum Basic: String, Sendable, Hashable, CaseIterable {
  /// Answers of DHCP servers (RFC 2131).
  case dhcp
  /// Answers of DHCPv6 servers (RFC 8415).
  case dhcpv6
  /// What the machine itself began, and what belongs to it.
  case established
  /// Echo and errors; path MTU discovery needs them (RFC 1191).
  case icmp
  /// Echo and errors; RFC 4890, 4.4.1.
  case icmpv6
  /// Membership of IPv4 multicast groups.
  case igmp
  case loopback
  /// Membership of IPv6 multicast groups (RFC 2710, RFC 3810).
  case mld
  /// Neighbour discovery and router advertisements (RFC 4861).
  case neighbours
  /// Answers of routers to a search, which come from UDP port 1900 and are no answers to connection tracking, since the
  /// search went to a multicast address.
  case ssdp
}
