import UPnP

/// What has to happen before somebody has connected to a home from outside.
package enum HomeWait: Hashable, Sendable {
  /// Nothing here is public.
  case noPort
  /// The router has not yet said anything of some port.
  case opening
  /// A node of another home is about to look.
  case look
  /// Somebody looked, and no connection arrived.
  case failed
  /// Nobody can look, or nobody answered.
  case unseen(Finding.Unseen)

  /// - Parameters:
  ///   - ports: all public ports of the home.
  ///   - hasProbers: whether any node of another home offers to look.
  package init(_ ports: [PortFacts], hasProbers: Bool) {
    let tcp = ports.filter { $0.port.key.transport == .tcp }
    if ports.isEmpty {
      self = .noPort
    } else if ports.contains(where: { !$0.isStatic && $0.router == .notYet }) {
      self = .opening
    } else if tcp.isEmpty {
      self = .unseen(.udp)
    } else {
      self = hasProbers ? Self.afterLook(tcp) : .unseen(.noProber)
    }
  }

  private static func afterLook(_ ports: [PortFacts]) -> HomeWait {
    let unlooked = ports.filter { if case .looked = $0.prober { false } else { true } }
    if unlooked.isEmpty { return .failed }
    let reasons = unlooked.map(Finding.Unseen.init)
    return reasons.contains(.notYet) ? .look : reasons.first.map(HomeWait.unseen) ?? .look
  }
}
