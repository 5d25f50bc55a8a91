import NIOCore
import NIOPosix
import UPnP

/// Connects to ports of one address, and keeps what connects open until it is let go.
struct PortLooker: Sendable {
  /// How long one connection may take; a home's line answers within a second.
  static let patience = TimeAmount.seconds(3)

  /// What came of it, and what is held.
  struct Sight: Sendable {
    let looks: [UInt16: ProbeReport.Look]
    let held: [any Channel]
  }

  /// Never reads what the services say, and never sends them anything.
  static func look(_ address: IPv4Address, _ ports: [UInt16], on loop: any EventLoop) -> EventLoopFuture<Sight> {
    let looks = ports.map { look(address, $0, on: loop) }
    return EventLoopFuture.whenAllSucceed(looks, on: loop).map { results in
      Sight(
        looks: Dictionary(results.map { ($0.port, $0.look) }, uniquingKeysWith: { $1 }),
        held: results.compactMap(\.channel)
      )
    }
  }

  private static func look(_ address: IPv4Address, _ port: UInt16, on loop: any EventLoop) -> EventLoopFuture<
    (port: UInt16, look: ProbeReport.Look, channel: (any Channel)?)
  > {
    ClientBootstrap(group: loop)
      .connectTimeout(patience)
      .channelOption(.autoRead, value: false)
      .connect(host: address.description, port: Int(port))
      .map { (port, .connected, $0) }
      .recover { (port, classify($0), nil) }
  }

  private static func classify(_ error: any Error) -> ProbeReport.Look {
    if case ChannelError.connectTimeout = error { return .timedOut }
    let failures = (error as? NIOConnectionError)?.connectionErrors.map(\.error) ?? [error]
    for failure in failures {
      if case ChannelError.connectTimeout = failure { return .timedOut }
      switch (failure as? IOError)?.errnoCode {
      case ConnectionErrno.refused: return .refused
      case ConnectionErrno.timedOut: return .timedOut
      default: continue
      }
    }
    return .noWay
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private enum ConnectionErrno {
  static let refused = ECONNREFUSED
  static let timedOut = ETIMEDOUT
}
