/// One question to one server over UDP: when to send, and which answer counts (RFC 8489, sections 6.2.1 and 6.3).
/// Pure: time is handed in.
package struct BindingTransaction: Sendable {
  /// What to do next.
  package enum Directive: Sendable, Hashable {
    /// Send these bytes to the server, then ask again.
    case send([UInt8])
    /// Come again at this time, or with an answer.
    case wait(until: Duration)
    case finished(Outcome)
  }

  package enum Outcome: Sendable, Hashable {
    case answered(BindingMessage.Answer)
    /// Nobody answered in time.
    case silent
  }

  /// The first wait; each further one is twice as long.
  static let firstTimeout = Duration.milliseconds(500)
  /// How often the request is sent (Rc).
  static let requestCount = 7
  /// How long the last request is waited for, in first timeouts (Rm).
  static let lastWait = 16

  private let id: TransactionID
  private let server: TransportAddress
  private var sentCount = 0
  private var nextTime: Duration
  private let deadline: Duration
  private var outcome: Outcome?

  /// - Parameters:
  ///   - start: now.
  ///   - timeout: how long to try; the standard's own end comes after 39.5 s.
  package init(_ id: TransactionID, to server: TransportAddress, start: Duration, timeout: Duration) {
    (self.id, self.server, nextTime) = (id, server, start)
    deadline = start + timeout
  }

  package mutating func directive(at now: Duration) -> Directive {
    if let outcome { return .finished(outcome) }
    if now >= deadline || (sentCount == Self.requestCount && now >= nextTime) {
      outcome = .silent
      return .finished(.silent)
    }
    guard now >= nextTime else { return .wait(until: min(nextTime, deadline)) }
    sentCount += 1
    let isLast = sentCount == Self.requestCount
    nextTime = now + Self.firstTimeout * (isLast ? Self.lastWait : 1 << (sentCount - 1))
    return .send(BindingMessage.request(id))
  }

  /// A datagram came. What is not the answer to this question, or not from the server asked, changes nothing: anybody
  /// can send datagrams.
  package mutating func received(_ bytes: [UInt8], from source: TransportAddress) {
    guard outcome == nil, sentCount > 0, source == server, let (id, answer) = try? BindingMessage.answer(bytes),
      id == self.id
    else { return }
    // An address of the other family cannot be the outside of this question.
    if case .address(let address) = answer, address.family != server.family { return }
    outcome = .answered(answer)
  }
}
