/// The ways to ask a router for a port. The raw value is the word in manifests and dossiers.
package enum PortMappingMethod: String, Hashable, Sendable, CaseIterable {
  /// UPnP Internet Gateway Device, versions 1 and 2.
  case upnp
  /// Port Control Protocol (RFC 6887).
  case pcp
  /// NAT Port Mapping Protocol (RFC 6886).
  case natpmp
}

/// How a router's way to the internet is now.
package struct GatewayStatus: Hashable, Sendable {
  /// The router's address on the internet; nil when it has none now.
  package let externalAddress: IPv4Address?
  /// True when the router says that its internet connection is up.
  package let isConnected: Bool
  /// Seconds that the connection (or, on some routers, the router) has been up; nil when it does not say.
  /// A smaller number than before means a restart, after which mappings may be lost.
  package let uptime: UInt32?

  package init(externalAddress: IPv4Address?, isConnected: Bool, uptime: UInt32?) {
    (self.externalAddress, self.isConnected, self.uptime) = (externalAddress, isConnected, uptime)
  }
}
