package import OpenSSL

/// Who a node is when it asks or is asked.
package struct ProbeIdentity: Sendable {
  package let cluster: String
  package let node: String
  package let key: SigningKey

  package init(cluster: String, node: String, key: SigningKey) {
    (self.cluster, self.node, self.key) = (cluster, node, key)
  }
}

/// The other side of an exchange, as the manifests have it.
package struct ProbePeer: Hashable, Sendable {
  package let node: String
  package let zone: String
  package let key: VerifyingKey

  package init(node: String, zone: String, key: VerifyingKey) {
    (self.node, self.zone, self.key) = (node, zone, key)
  }
}

/// What is signed. Each text says what it is for, names both sides, and holds both nonces, so that no signature serves in
/// another exchange, to another node or in the other direction.
enum ProbeTranscript {
  private static let askDomain = Array("rhizome probe 1: ask\0".utf8)
  private static let reportDomain = Array("rhizome probe 1: report\0".utf8)

  /// What an asker signs.
  static func ask(_ ask: ProbeAsk, to prober: String, _ key: VerifyingKey, _ challenge: ProbeNonce) -> [UInt8] {
    let name = [UInt8(truncatingIfNeeded: prober.utf8.count)] + Array(prober.utf8)
    return askDomain + name + key.bytes + challenge.bytes + ask.unsigned
  }

  /// What a prober signs: its answer to exactly this signed wish.
  static func report(_ report: ProbeReport, to ask: ProbeAsk, _ transcript: [UInt8]) -> [UInt8] {
    reportDomain + Digest.of(transcript + ask.signature, .sha256) + report.unsigned
  }
}

/// What a prober knows from its manifests, and so who may ask it for what.
package struct ProberBook: Sendable {
  package let me: ProbeIdentity
  package let zone: String
  /// Nodes that have a key, by name.
  package let peers: [String: ProbePeer]
  /// The declared public TCP ports of each zone.
  package let ports: [String: Set<UInt16>]

  package init(me: ProbeIdentity, zone: String, peers: [ProbePeer], ports: [String: Set<UInt16>]) {
    (self.me, self.zone, self.ports) = (me, zone, ports)
    self.peers = Dictionary(peers.map { ($0.node, $0) }, uniquingKeysWith: { $1 })
  }

  /// Who asks, when that node may ask this.
  func asker(_ ask: ProbeAsk, _ challenge: ProbeNonce) -> ProbePeer? {
    guard ask.cluster == me.cluster, let peer = peers[ask.node], peer.zone != zone,
      Set(ask.ports).isSubset(of: ports[peer.zone] ?? [])
    else { return nil }
    let transcript = ProbeTranscript.ask(ask, to: me.node, me.key.verifyingKey, challenge)
    return peer.key.isValid(ask.signature, for: transcript) ? peer : nil
  }
}

/// How often nodes may ask. Pure: time is handed in.
package struct ProbeAllowance: Sendable {
  private struct Bucket: Sendable {
    var room: Double
    var filled: Duration

    /// Takes one when there is one.
    mutating func take(_ burst: Double, perMinute: Double, at now: Duration) -> Bool {
      room = min(burst, room + perMinute / 60 * ((now - filled) / .seconds(1)))
      filled = now
      guard room >= 1 else { return false }
      room -= 1
      return true
    }
  }

  private static let nodeBurst = 4.0
  private static let nodeRate = 2.0
  private static let burst = 20.0
  private static let rate = 20.0

  private var all: Bucket?
  private var nodes: [String: Bucket] = [:]

  package init() {}

  /// Whether `node`, which has shown who it is, may be served now.
  package mutating func take(_ node: String, at now: Duration) -> Bool {
    var (mine, whole) = (
      nodes[node] ?? Bucket(room: Self.nodeBurst, filled: now), all ?? Bucket(room: Self.burst, filled: now)
    )
    let isServed =
      mine.take(Self.nodeBurst, perMinute: Self.nodeRate, at: now)
      && whole.take(Self.burst, perMinute: Self.rate, at: now)
    (nodes[node], all) = (mine, whole)
    return isServed
  }
}
