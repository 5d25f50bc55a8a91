/// The transport a mapping forwards. The raw value is what UPnP puts on the wire.
package enum TransportProtocol: String, Hashable, Sendable, CaseIterable {
  case tcp = "TCP"
  case udp = "UDP"
}

/// What identifies a mapping on a router: one port of its public address, for one transport.
package struct PortMappingKey: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let transport: TransportProtocol
  package let externalPort: UInt16

  package init(_ transport: TransportProtocol, _ externalPort: UInt16) {
    self.transport = transport
    self.externalPort = externalPort
  }

  package var description: String { "\(transport.rawValue) \(externalPort)" }

  package static func < (left: Self, right: Self) -> Bool {
    (left.externalPort, left.transport.rawValue) < (right.externalPort, right.transport.rawValue)
  }
}

/// A mapping to ask a router for.
package struct PortMappingRequest: Hashable, Sendable {
  package let key: PortMappingKey
  /// The machine on the home's network that gets the traffic. Most routers accept only the caller's own address.
  package let client: IPv4Address
  package let internalPort: UInt16
  /// Who asks, in letters, digits, dashes, dots and underscores; other devices' owners see it in their router.
  package let label: String
  /// Seconds the router shall keep the mapping; 0 asks for one without end.
  package let lease: UInt32

  /// Letters, digits and `-._`: the library does not escape what it sends, and routers refuse or cut odd characters.
  ///
  /// - Throws: `UPnPError` with code `invalidRequest` for port 0, or a label that is empty, longer than 64
  ///   characters or has other characters.
  package init(
    key: PortMappingKey,
    client: IPv4Address,
    internalPort: UInt16,
    label: String,
    lease: UInt32
  ) throws(UPnPError) {
    guard key.externalPort > 0, internalPort > 0 else {
      throw UPnPError(.invalidRequest, "a port mapping needs ports from 1 to 65535, not 0")
    }
    guard (1...64).contains(label.utf8.count), label.utf8.allSatisfy(Self.isAllowedInLabel) else {
      throw UPnPError(
        .invalidRequest,
        "the mapping label '\(label)' must be 1 to 64 letters, digits, dashes, dots or underscores"
      )
    }
    self.key = key
    self.client = client
    self.internalPort = internalPort
    self.label = label
    self.lease = lease
  }

  private static func isAllowedInLabel(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// The same wish for a mapping without end, for routers that grant nothing else.
  package func permanent() -> PortMappingRequest {
    PortMappingRequest(checked: self, lease: 0)
  }

  private init(checked other: PortMappingRequest, lease: UInt32) {
    (key, client, internalPort, label) = (other.key, other.client, other.internalPort, other.label)
    self.lease = lease
  }
}

/// A mapping as a router reports it. Everything in it was written by the router: labels are other people's text.
package struct PortMapping: Hashable, Sendable {
  package var key: PortMappingKey
  /// As the router writes it; usually an IPv4 address, on some routers a host name.
  package var client: String
  package var internalPort: UInt16
  package var label: String
  package var isEnabled: Bool
  /// Seconds left; 0 when the router keeps it without end (or does not say).
  package var remainingLease: UInt32

  package init(
    key: PortMappingKey,
    client: String,
    internalPort: UInt16,
    label: String,
    isEnabled: Bool = true,
    remainingLease: UInt32
  ) {
    self.key = key
    self.client = client
    self.internalPort = internalPort
    self.label = label
    self.isEnabled = isEnabled
    self.remainingLease = remainingLease
  }

  /// True when this mapping forwards where `request` wants it.
  package func forwards(as request: PortMappingRequest) -> Bool {
    key == request.key && client == request.client.description && internalPort == request.internalPort
  }
}
