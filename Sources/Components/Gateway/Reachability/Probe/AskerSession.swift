import OpenSSL

/// One exchange as the asker has it: hears the challenge, signs its wish, checks the report. Pure: its nonce is handed in.
package struct AskerSession: Sendable {
  package enum Directive: Hashable, Sendable {
    case send([UInt8])
    case finished(ProbeReport)
    /// Not to be believed; why, as a clause.
    case failed(String)
  }

  private enum State: Sendable {
    case listening
    case waiting(ProbeAsk, transcript: [UInt8])
    case ended
  }

  private let me: ProbeIdentity
  private let prober: ProbePeer
  private let ports: [UInt16]
  private let nonce: ProbeNonce
  private var frames = ProbeFrames()
  private var state = State.listening

  /// - Parameter ports: public TCP ports of this node's zone; no more than `ProbeAsk.portLimit` are asked for.
  package init(me: ProbeIdentity, prober: ProbePeer, ports: [UInt16], nonce: ProbeNonce) {
    (self.me, self.prober, self.nonce) = (me, prober, nonce)
    self.ports = Array(Set(ports).sorted().prefix(ProbeAsk.portLimit))
  }

  package mutating func received(_ bytes: [UInt8]) -> [Directive] {
    if case .ended = state { return [] }
    do throws(ProbeMessage.Malformed) {
      try frames.append(bytes)
      guard let message = try frames.next() else { return [] }
      return hear(message)
    } catch {
      return fail("what answers is no prober")
    }
  }

  /// The connection was closed.
  package mutating func ended() -> [Directive] {
    switch state {
    case .ended: []
    case .listening: fail("it closed the connection at once; it may be busy")
    case .waiting:
      fail("it does not know this node's key, or these ports, or was asked too often; do its manifests lag behind?")
    }
  }

  private mutating func hear(_ message: ProbeMessage) -> [Directive] {
    switch (state, message) {
    case (.listening, .challenge(let challenge)): return [.send(ask(challenge))]
    case (.waiting(let ask, let transcript), .report(let report)):
      let signed = ProbeTranscript.report(report, to: ask, transcript)
      guard prober.key.isValid(report.signature, for: signed) else {
        return fail("its report is not signed with the key that Node/\(prober.node) declares")
      }
      guard report.ports.isEmpty || report.ports.map(\.port) == ask.ports else {
        return fail("its report is about other ports")
      }
      state = .ended
      return [.finished(report)]
    default: return fail("what answers is no prober")
    }
  }

  private mutating func ask(_ challenge: ProbeNonce) -> [UInt8] {
    var ask = ProbeAsk(cluster: me.cluster, node: me.node, nonce: nonce, ports: ports, signature: [])
    let transcript = ProbeTranscript.ask(ask, to: prober.node, prober.key, challenge)
    ask.signature = me.key.sign(transcript)
    state = .waiting(ask, transcript: transcript)
    return ProbeMessage.ask(ask).frame
  }

  private mutating func fail(_ clause: String) -> [Directive] {
    state = .ended
    return [.failed(clause)]
  }
}
