/// Where a datagram comes from or goes to.
package struct ControlEndpoint: Hashable, Sendable, CustomStringConvertible {
  package let address: ControlAddress
  /// The number of the network interface, for link-local addresses; else 0.
  package let scope: UInt32
  package let port: UInt16

  /// The port on which routers listen for both protocols (RFC 6887 section 19.1).
  package static let controlPort: UInt16 = 5351

  package init(_ address: ControlAddress, scope: UInt32 = 0, port: UInt16 = Self.controlPort) {
    (self.address, self.scope, self.port) = (address, scope, port)
  }

  package var description: String { "\(address) (UDP \(port))" }
}

/// One conversation with a router: decides what to send and when, without a clock or a socket of its own.
///
/// Times are durations since any fixed origin. The shell asks for a directive, follows it, tells what came, and asks
/// again, until the conversation ends.
package protocol ControlConversation: Sendable {
  /// What the conversation was for.
  associatedtype Outcome: Sendable

  /// What to do now.
  ///
  /// - Parameter jitter: chance, from -1 to 1, for pauses that begin now.
  mutating func directive(at now: Duration, jitter: Double) -> ControlDirective<Outcome>

  /// A datagram came. Those of strangers and those that answer nothing we asked change nothing.
  mutating func received(_ bytes: [UInt8], from source: ControlEndpoint, at now: Duration)

  /// The router's system says that nothing listens there (ICMP port unreachable).
  mutating func foundPortClosed(at now: Duration)
}

/// What the shell of a conversation shall do next.
package enum ControlDirective<Outcome: Sendable>: Sendable {
  /// Send this, then ask again.
  case send([UInt8])
  /// Wait for a datagram, at most until this time, then ask again.
  case wait(until: Duration)
  case end(Outcome)
}

extension ControlDirective: Equatable where Outcome: Equatable {}
