import UPnP

/// Finds out which protocol a router speaks: asks in both at once, and prefers PCP (RFC 6887 section 9).
package struct ControlDiscovery: ControlConversation {
  /// Protocols to try.
  package struct Protocols: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let pcp = Self(rawValue: 1)
    package static let natPMP = Self(rawValue: 2)
  }

  /// What is known of the router, from its first answers.
  package struct Finding: Hashable, Sendable {
    /// The best protocol it speaks; nil when it speaks none of those tried.
    package var method: Protocols?
    /// What it answered to the question for its address in NAT-PMP; nil when it did not.
    package var natPMP: NATPMPResponse?
    /// What it answered to a PCP announcement; nil when it did not.
    package var pcp: PCPResponse?
    /// Nothing listens at its port.
    package var isPortClosed = false

    /// False when the router says that it has no address on the internet. PCP alone does not tell, so it counts as yes.
    package var isConnected: Bool {
      if pcp?.result == .networkFailure { return false }
      guard let natPMP else { return pcp != nil }
      guard case .externalAddress(let address) = natPMP.content else { return natPMP.result != .networkFailure }
      return address.rawValue != 0
    }
  }

  /// After this many questions a router that answers only one protocol is taken for one that has no other.
  private static let questionsBeforeSettling = 2

  private let server: ControlEndpoint
  private let client: ControlAddress
  private let deadline: Duration
  private let wanted: Protocols
  /// Protocols that have neither answered nor been refused. NAT-PMP is asked beside PCP even where it is not wanted,
  /// because PCP has no question for the public address.
  private var open: Protocols
  private var finding = Finding()
  private var queue: [[UInt8]] = []
  private var sendAt: Duration
  private var pause: Duration?
  private var rounds = 0

  /// - Parameters:
  ///   - protocols: those that may be found.
  ///   - client: this machine's address, as PCP wants it said.
  ///   - deadline: when to give up, as a time.
  package init(
    _ protocols: Protocols,
    of server: ControlEndpoint,
    client: ControlAddress,
    at now: Duration,
    deadline: Duration
  ) {
    (self.server, self.client, self.deadline, wanted) = (server, client, deadline, protocols)
    open = protocols.contains(.pcp) ? [.pcp, .natPMP] : protocols
    sendAt = now
  }

  package mutating func directive(at now: Duration, jitter: Double) -> ControlDirective<Finding> {
    if !queue.isEmpty { return .send(queue.removeFirst()) }
    if isSettled(at: now) { return .end(verdict) }
    guard now >= sendAt else { return .wait(until: min(sendAt, deadline)) }
    let pause = Retransmission.probing.pause(after: pause, jitter: jitter)
    (self.pause, sendAt, rounds) = (pause, now + pause, rounds + 1)
    if open.contains(.natPMP) { queue.append(NATPMPRequest.externalAddress.encoded) }
    if open.contains(.pcp) { queue.append(PCPRequest.announce(client: client).encoded) }
    return .send(queue.removeFirst())
  }

  package mutating func received(_ bytes: [UInt8], from source: ControlEndpoint, at now: Duration) {
    guard source == server, let answer = try? ControlAnswer(decoding: bytes) else { return }
    switch answer {
    case .pcp(let answer) where answer.result != .unsupportedVersion:
      guard open.contains(.pcp), answer.opcode == .announce else { return }
      finding.pcp = answer
      open.remove(.pcp)
    case .natPMP(let answer) where answer.result != .unsupportedVersion && answer.result != .unsupportedOpcode:
      guard open.contains(.natPMP), answer.opcode == 0 else { return }
      finding.natPMP = answer
      open.remove(.natPMP)
    // The refusal names the version that the router speaks, so it refuses the other.
    case .natPMP(let answer) where answer.result == .unsupportedVersion: open.remove(.pcp)
    case .pcp: open.remove(.natPMP)
    case .natPMP: open.remove(.natPMP)
    case .otherVersion: open.remove(.pcp)
    }
  }

  package mutating func foundPortClosed(at now: Duration) { finding.isPortClosed = true }

  /// Nothing is left to wait for, or the one that answered has waited long enough for the other.
  private func isSettled(at now: Duration) -> Bool {
    if open.isEmpty || now >= deadline || finding.isPortClosed { return true }
    if finding.pcp != nil { return now >= sendAt }
    return finding.natPMP != nil && wanted.contains(.natPMP) && rounds >= Self.questionsBeforeSettling && now >= sendAt
  }

  private var verdict: Finding {
    var finding = finding
    if finding.pcp != nil {
      finding.method = .pcp
    } else if finding.natPMP != nil, wanted.contains(.natPMP) {
      finding.method = .natPMP
    }
    return finding
  }
}
