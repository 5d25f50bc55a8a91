import RhizomeModel
import UPnP

/// A mapping of ours that the router had when last looked, and whose lease is kept alive.
struct HeldMapping: Sendable {
  let wish: MappingWish
  var lease: LeaseState
  /// When the router drops it unless renewed; nil for a permanent one. Only moves with renewals, so that a status that
  /// shows it does not change at every look.
  private(set) var leaseEnds: Timestamp?

  init(_ wish: MappingWish, _ granted: GrantedLease, _ time: GatewayTime) {
    self.wish = wish
    lease = LeaseState(granted, at: time.uptime(), jitter: time.jitter())
    leaseEnds = Self.end(granted, time)
  }

  mutating func renewed(_ granted: GrantedLease, _ time: GatewayTime) {
    lease.granted(granted, at: time.uptime(), jitter: time.jitter())
    leaseEnds = Self.end(granted, time)
  }

  private static func end(_ granted: GrantedLease, _ time: GatewayTime) -> Timestamp? {
    guard case .timed(let seconds) = granted else { return nil }
    return Timestamp(milliseconds: (time.wall().milliseconds / 1000 + Int64(seconds)) * 1000)
  }
}
