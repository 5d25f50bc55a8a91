#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
package import UPnP

/// What the driver is told of the world around it, handed in so that tests can turn it.
package struct HomeNetwork: Sendable {
  /// A text that changes with this machine's place in the network: its routes.
  package var routes: @Sendable () -> String
  /// This machine's IPv6 addresses as the system lists them, in the form of `/proc/net/if_inet6`.
  package var ipv6Addresses: @Sendable () -> String
  /// What routers announce by themselves from now on.
  package var announcements: @Sendable () -> AsyncStream<RouterNotice>
  /// The name of another node of this rhizome that has this address on the home's network.
  package var otherNode: @Sendable (String) -> String?

  package init(
    routes: @escaping @Sendable () -> String,
    ipv6Addresses: @escaping @Sendable () -> String,
    announcements: @escaping @Sendable () -> AsyncStream<RouterNotice>,
    otherNode: @escaping @Sendable (String) -> String?
  ) {
    (self.routes, self.ipv6Addresses) = (routes, ipv6Addresses)
    (self.announcements, self.otherNode) = (announcements, otherNode)
  }

  /// This machine's own; `otherNode` knows what is declared.
  package static func system(otherNode: @escaping @Sendable (String) -> String? = { _ in nil }) -> HomeNetwork {
    HomeNetwork(
      routes: { DefaultRoute.gateways().map(\.description).joined(separator: " ") },
      ipv6Addresses: { read("/proc/net/if_inet6") },
      announcements: { SSDPWatch().notices() },
      otherNode: otherNode
    )
  }

  /// Empty when there is no such file, as on other systems.
  private static func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 64 * 1024)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}
