import OpenSSL
package import UPnP

/// One exchange as the prober has it: speaks first, listens once, looks, reports, holds, closes. Pure: time, the
/// challenge and what was seen are handed in.
///
/// A stranger learns nothing but 32 random bytes: whatever is wrong, the connection is closed without a word.
package struct ProberSession: Sendable {
  package enum Directive: Hashable, Sendable {
    case send([UInt8])
    /// Connect to these ports of the asker's own address, and keep what connects open.
    case look(ProbePeer, [UInt16])
    /// Let go of everything.
    case close
  }

  private enum State: Sendable {
    case idle
    case listening
    case looking(ProbeAsk, transcript: [UInt8])
    case holding
    case closed
  }

  /// How long strangers may take to say who they are.
  static let listeningTime = Duration.seconds(5)
  /// How long looking may take.
  static let lookingTime = Duration.seconds(6)
  /// How long connections are held after the report, so that the asker can find them in its own tables.
  static let holdingTime = Duration.seconds(3)

  private let book: ProberBook
  private let challenge: ProbeNonce
  private let source: IPv4Address
  private let isOutside: Bool
  private var frames = ProbeFrames()
  private var state = State.idle
  /// When to come again at the latest.
  package private(set) var deadline: Duration

  /// - Parameters:
  ///   - source: where the connection comes from, which is all that may ever be looked at.
  ///   - isOutside: whether that is an address on the internet.
  package init(_ book: ProberBook, challenge: ProbeNonce, source: IPv4Address, isOutside: Bool, at now: Duration) {
    (self.book, self.challenge, self.source, self.isOutside) = (book, challenge, source, isOutside)
    deadline = now + Self.listeningTime
  }

  package mutating func begin() -> [Directive] {
    guard case .idle = state else { return [] }
    state = .listening
    return [.send(ProbeMessage.challenge(challenge).frame)]
  }

  /// Bytes came.
  ///
  /// - Parameter permit: asked once the asker has shown who it is: whether it may be served now.
  package mutating func received(_ bytes: [UInt8], at now: Duration, permit: (ProbePeer) -> Bool) -> [Directive] {
    guard case .listening = state else { return close() }
    do throws(ProbeMessage.Malformed) {
      try frames.append(bytes)
      guard let message = try frames.next() else { return [] }
      guard case .ask(let ask) = message, let peer = book.asker(ask, challenge), permit(peer) else { return close() }
      return serve(ask, peer, at: now)
    } catch {
      return close()
    }
  }

  private mutating func serve(_ ask: ProbeAsk, _ peer: ProbePeer, at now: Duration) -> [Directive] {
    let transcript = ProbeTranscript.ask(ask, to: book.me.node, book.me.key.verifyingKey, challenge)
    state = .looking(ask, transcript: transcript)
    deadline = now + Self.lookingTime
    return isOutside ? [.look(peer, ask.ports)] : looked([:], at: now)
  }

  /// What came of looking; ports that are missing got no answer.
  package mutating func looked(_ looks: [UInt16: ProbeReport.Look], at now: Duration) -> [Directive] {
    guard case .looking(let ask, let transcript) = state else { return [] }
    let ports = isOutside ? ask.ports.map { ProbeReport.Port($0, looks[$0] ?? .timedOut) } : []
    var report = ProbeReport(address: source, ports: ports, signature: [])
    report.signature = book.me.key.sign(ProbeTranscript.report(report, to: ask, transcript))
    state = .holding
    deadline = now + Self.holdingTime
    return [.send(ProbeMessage.report(report).frame)]
  }

  /// The other side has closed, or time has passed.
  package mutating func ended() -> [Directive] { close() }

  package mutating func tick(at now: Duration) -> [Directive] { now >= deadline ? close() : [] }

  private mutating func close() -> [Directive] {
    if case .closed = state { return [] }
    state = .closed
    return [.close]
  }
}
