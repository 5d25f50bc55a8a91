/// When to send the same request again: the first pause, how it grows, and after how many sendings to give up.
package struct Retransmission: Hashable, Sendable {
  /// The pause after the first sending.
  let first: Duration
  /// No pause is longer.
  let longest: Duration
  /// How many sendings at most.
  let attemptsMax: Int
  /// The part of each pause by which chance may change it, both ways.
  let spread: Double

  /// RFC 6886 section 3.1: 250 ms, doubling, nine sendings; after 64 s more the router is taken for silent.
  package static let natPMP = Retransmission(
    first: .milliseconds(250),
    longest: .seconds(64),
    attemptsMax: 9,
    spread: 0
  )

  /// RFC 6887 section 8.1.1: IRT 3 s, MRT 1024 s, no limit (MRC and MRD 0), and a tenth of chance.
  package static let pcp = Retransmission(
    first: .seconds(3),
    longest: .seconds(1024),
    attemptsMax: .max,
    spread: 0.1
  )

  /// For finding out which protocol a router speaks, when a person or a plan waits and a lost datagram is the exception.
  package static let probing = Retransmission(
    first: .milliseconds(250),
    longest: .seconds(1),
    attemptsMax: .max,
    spread: 0
  )

  /// The pause after the sending before which `previous` was the pause; nil before the first.
  ///
  /// - Parameter jitter: chance, from -1 to 1.
  func pause(after previous: Duration?, jitter: Double) -> Duration {
    let base = previous.map { min($0 * 2, longest) } ?? first
    return base * (1 + spread * min(max(jitter, -1), 1))
  }
}
