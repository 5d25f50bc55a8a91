import RhizomeModel
import UPnP

/// What a router without a table granted, kept over restarts of the daemon: it cannot be asked what it holds, and a mapping
/// must not count as gone only because nobody remembers it.
package struct GrantMemory: Codable, Sendable, Hashable {
  package struct Grant: Codable, Sendable, Hashable {
    let transport: String
    let externalPort: UInt16
    let client: String
    let internalPort: UInt16
    let lease: UInt32
    let endsAt: Timestamp
  }

  /// As in `PortMappingMethod`.
  let method: String
  /// Where it was asked.
  let router: String
  /// The seconds since its table was empty, and when it told them.
  let epoch: UInt32
  let heardAt: Timestamp
  let grants: [Grant]

  /// So much the end of a lease may be off by rounding, without being another lease.
  private static let sameLease: Int64 = 2_000

  init(_ known: GrantedMappings, of gateway: any TablelessGateway, at now: Timestamp) {
    method = gateway.method.rawValue
    router = gateway.place
    epoch = known.epoch
    heardAt = now + -known.heardAgo.milliseconds
    grants = known.grants.map { grant in
      Grant(
        transport: grant.request.key.transport.rawValue,
        externalPort: grant.request.key.externalPort,
        client: grant.request.client.description,
        internalPort: grant.request.internalPort,
        lease: grant.request.lease,
        endsAt: now + grant.remaining.milliseconds
      )
    }
  }

  /// Whether both tell of the same leases: the router's seconds alone are no news.
  func isSame(as other: GrantMemory) -> Bool {
    (method, router, grants.count) == (other.method, other.router, other.grants.count)
      && zip(grants, other.grants).allSatisfy { $0.isSame(as: $1, within: Self.sameLease) }
  }

  /// What of it still holds for this router, asked in this way, and this machine's present address.
  func known(
    to gateway: any TablelessGateway,
    at now: Timestamp,
    label: (PortMappingKey) -> String
  ) -> GrantedMappings? {
    guard method == gateway.method.rawValue, router == gateway.place else { return nil }
    let local = gateway.identity.localAddress.description
    let lasting = grants.filter { $0.client == local && $0.endsAt > now }.compactMap { $0.grant(at: now, label) }
    guard !lasting.isEmpty else { return nil }
    return GrantedMappings(
      epoch: epoch,
      heardAgo: .milliseconds(max(0, now.milliseconds - heardAt.milliseconds)),
      grants: lasting
    )
  }
}

extension GrantMemory.Grant {
  fileprivate func isSame(as other: Self, within slack: Int64) -> Bool {
    (transport, externalPort, client, internalPort, lease)
      == (other.transport, other.externalPort, other.client, other.internalPort, other.lease)
      && abs(endsAt.milliseconds - other.endsAt.milliseconds) <= slack
  }

  fileprivate func grant(at now: Timestamp, _ label: (PortMappingKey) -> String) -> GrantedMappings.Grant? {
    guard let transport = TransportProtocol(rawValue: transport), let client = IPv4Address(client) else { return nil }
    let key = PortMappingKey(transport, externalPort)
    guard
      let request = try? PortMappingRequest(
        key: key,
        client: client,
        internalPort: internalPort,
        label: label(key),
        lease: lease
      )
    else { return nil }
    // A clock that was set back must not make a lease longer than it ever was.
    let longest = lease == 0 ? Duration.seconds(7200) : .seconds(Int64(lease))
    return GrantedMappings.Grant(
      request,
      remaining: min(.milliseconds(endsAt.milliseconds - now.milliseconds), longest)
    )
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 { Int64(self / .milliseconds(1)) }
}
