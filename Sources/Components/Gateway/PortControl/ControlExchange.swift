/// A request of either protocol, and which answers are its own.
package enum ControlRequest: Hashable, Sendable {
  case natPMP(NATPMPRequest)
  case pcp(PCPRequest)

  var encoded: [UInt8] {
    switch self {
    case .natPMP(let request): request.encoded
    case .pcp(let request): request.encoded
    }
  }

  var retransmission: Retransmission {
    switch self {
    case .natPMP: .natPMP
    case .pcp: .pcp
    }
  }

  /// True when `answer` answers this request. A refused version always does: such a router cannot read the rest.
  func isAnswered(by answer: ControlAnswer) -> Bool {
    switch (self, answer) {
    case (.natPMP(let request), .natPMP(let answer)):
      return answer.refusesVersionOrMatches(request)
    case (.pcp(let request), .pcp(let answer)):
      return answer.matches(request)
    default:
      return answer.refusesVersion
    }
  }
}

extension NATPMPResponse {
  /// The protocol names only the opcode, and in successes the internal port (RFC 6886 section 3.3).
  fileprivate func refusesVersionOrMatches(_ request: NATPMPRequest) -> Bool {
    if result == .unsupportedVersion { return true }
    guard opcode == request.opcode else { return false }
    guard case .mapping(let answered) = content, case .map(let asked) = request else { return true }
    return answered.internalPort == asked.internalPort
  }
}

extension PCPResponse {
  /// RFC 6887 section 11.4: protocol, internal port and nonce must be the request's. A refusal that repeats nothing is
  /// taken as well, since a router that could not read the request has nothing to repeat.
  fileprivate func matches(_ request: PCPRequest) -> Bool {
    guard opcode == request.opcode, !options.contains(where: { $0.code == PCPOption.thirdPartyCode }) else {
      return false
    }
    guard let asked = request.mapping else { return true }
    guard let answered = mapping else { return result != .success }
    return answered.nonce == asked.nonce && answered.protocolNumber == asked.protocolNumber
      && answered.internalPort == asked.internalPort
  }
}

/// One request, sent again until its answer comes or time is up.
package struct ControlExchange: ControlConversation {
  package enum Outcome: Hashable, Sendable {
    case answered(ControlAnswer)
    case silent
    /// Nothing listens at the router's port, and nothing came later either.
    case portClosed
  }

  private let request: ControlRequest
  private let server: ControlEndpoint
  private let retransmission: Retransmission
  private let deadline: Duration
  private var sendAt: Duration
  private var pause: Duration?
  private var attempts = 0
  private var isPortClosed = false
  private var answer: ControlAnswer?

  /// - Parameters:
  ///   - server: the only one whose answers count.
  ///   - deadline: when to give up, as a time.
  ///   - retransmission: the request's own when nil.
  package init(
    _ request: ControlRequest,
    to server: ControlEndpoint,
    at now: Duration,
    deadline: Duration,
    retransmission: Retransmission? = nil
  ) {
    (self.request, self.server, self.deadline) = (request, server, deadline)
    self.retransmission = retransmission ?? request.retransmission
    sendAt = now
  }

  package mutating func directive(at now: Duration, jitter: Double) -> ControlDirective<Outcome> {
    if let answer { return .end(.answered(answer)) }
    guard now < deadline, now < sendAt || attempts < retransmission.attemptsMax else {
      return .end(isPortClosed ? .portClosed : .silent)
    }
    guard now >= sendAt else { return .wait(until: min(sendAt, deadline)) }
    let pause = retransmission.pause(after: pause, jitter: jitter)
    (self.pause, sendAt, attempts) = (pause, now + pause, attempts + 1)
    return .send(request.encoded)
  }

  package mutating func received(_ bytes: [UInt8], from source: ControlEndpoint, at now: Duration) {
    guard source == server, answer == nil, let found = try? ControlAnswer(decoding: bytes),
      request.isAnswered(by: found)
    else { return }
    answer = found
  }

  /// A router that restarts has its port closed for a moment, so this ends nothing.
  package mutating func foundPortClosed(at now: Duration) { isPortClosed = true }
}
