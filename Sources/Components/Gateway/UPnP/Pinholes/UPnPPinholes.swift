#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// The IPv6 firewall of a router that was found over IPv4, spoken to over IPv6: routers open it only for the address
/// that asks (WANIPv6FirewallControl:1, section 2.4.1).
///
/// The router's IPv6 address is the machine's own default gateway. It counts as the same router when it describes itself
/// by the same unique name as over IPv4.
final class UPnPPinholes: PinholeGateway {
  private let page: WebAddress
  private let udn: String
  private let calls: BlockingCalls
  private let deadline: Duration
  /// Where to ask, once known.
  private let known = Mutex<RouterLibrary.ControlPoint?>(nil)

  /// - Parameter page: the router's description as found over IPv4.
  init(page: WebAddress, udn: String, calls: BlockingCalls, deadline: Duration) {
    (self.page, self.udn, self.calls, self.deadline) = (page, udn, calls, deadline)
  }

  func firewallStatus() async throws -> IPv6FirewallStatus {
    try await call("tell how its IPv6 firewall is set", from: nil) { try $0.firewallStatus() }
  }

  func addPinhole(_ request: PinholeRequest) async throws -> UInt16 {
    try await call("open its IPv6 firewall", from: request.client) { try $0.addPinhole(request) }
  }

  func updatePinhole(_ id: UInt16, client: IPv6Address, lease: UInt32) async throws {
    try await call("keep its IPv6 firewall open", from: client) { try $0.updatePinhole(id, lease: lease) }
  }

  func deletePinhole(_ id: UInt16, client: IPv6Address) async throws {
    try await call("close its IPv6 firewall", from: client) { try $0.deletePinhole(id) }
  }

  func checkPinhole(_ id: UInt16, client: IPv6Address) async throws -> PinholeState {
    try await call("tell about an IPv6 opening", from: client) { try $0.checkPinhole(id) }
  }

  private func call<Answer: Sendable>(
    _ purpose: String,
    from client: IPv6Address?,
    _ body: @escaping @Sendable (RouterLibrary) throws -> Answer
  ) async throws -> Answer {
    do {
      return try await calls.run(purpose, deadline: deadline) { interruption in
        var point = try self.known.withLock { $0 } ?? self.locate(interruption)
        point.source = client.map { .v6($0, scope: nil) }
        return try body(RouterLibrary(point, interruption))
      }
    } catch let error as UPnPError where error.invalidatesGateway {
      known.withLock { $0 = nil }
      throw error
    }
  }

  /// Finds the router over IPv6. Blocks.
  private func locate(_ interruption: Interruption) throws(UPnPError) -> RouterLibrary.ControlPoint {
    var problem = UPnPError(
      .unreachable,
      "this machine has no default gateway of IPv6, so it cannot ask the router to open its IPv6 firewall"
    )
    for gateway in DefaultRoute.gatewaysV6().prefix(4) {
      let endpoint = WebEndpoint(host: .v6(gateway.address, scope: gateway.interface), port: page.endpoint.port)
      do throws(UPnPError) {
        let point = try ask(WebAddress(endpoint: endpoint, path: page.path), interruption)
        known.withLock { $0 = point }
        return point
      } catch {
        if interruption.isInterrupted { throw error }
        problem = error
      }
    }
    throw problem
  }

  private func ask(
    _ address: WebAddress,
    _ interruption: Interruption
  ) throws(UPnPError) -> RouterLibrary.ControlPoint {
    let page = try RouterPage(address, interruption)
    guard page.description.text("UDN") == udn, let service = page.description.firewall else {
      throw UPnPError(
        .noInternetGateway,
        "the default gateway of IPv6, \(address.endpoint), is not the router that was found over IPv4, or does not let "
          + "machines open its firewall"
      )
    }
    return try page.controlPoint(service)
  }
}
