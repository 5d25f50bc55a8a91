package import NIOCore
import NIOPosix
package import UPnP

/// What can be seen of the way to the internet without asking the router for anything: for telling why it does not help.
package struct WayOut: Hashable, Sendable {
  package var search: RouterSearch
  /// The box above the router, as it gives itself away when a packet dies there; nil when it does not.
  package var secondHop: IPv4Address?

  package init(search: RouterSearch = RouterSearch(), secondHop: IPv4Address? = nil) {
    (self.search, self.secondHop) = (search, secondHop)
  }

  /// Ports that routers answer on, or refuse at once: the page, its safe form, names, and remote administration.
  private static let usualPorts: [UInt16] = [80, 443, 53, 22]

  /// Looks around. Takes at most four seconds.
  ///
  /// - Parameters:
  ///   - target: an address on the internet, towards which two packets are sent that die on their way.
  ///   - calls: where blocking calls are made.
  package static func look(
    towards target: IPv4Address,
    calls: BlockingCalls = BlockingCalls(),
    group: any EventLoopGroup = .singletonMultiThreadedEventLoopGroup
  ) async throws -> WayOut {
    let gateways = try await calls.run("read the routing table", deadline: .seconds(2)) { DefaultRoute.gateways() }
    guard let gateway = gateways.first else { return WayOut() }
    async let isAlive = isAlive(gateway, group)
    async let answersAlone = try? calls.run("answer a search", deadline: .seconds(3)) {
      try WayOutSocket.searchAlone(gateway)
    }
    async let hop = try? calls.run("pass a packet on", deadline: .seconds(3)) {
      try WayOutSocket.hop(2, towards: target)
    }
    let search = RouterSearch(
      gateway: gateway,
      answersAlone: await answersAlone ?? false,
      isAlive: try await isAlive
    )
    return WayOut(search: search, secondHop: await hop ?? nil)
  }

  private static func isAlive(_ gateway: IPv4Address, _ group: any EventLoopGroup) async throws -> Bool {
    let sight = try await PortLooker.look(gateway, usualPorts, on: group.next()).get()
    for channel in sight.held { channel.close(promise: nil) }
    return sight.looks.values.contains { $0 == .connected || $0 == .refused }
  }
}
