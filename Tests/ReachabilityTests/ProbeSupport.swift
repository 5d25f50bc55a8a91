import OpenSSL
import UPnP

@testable import Reachability

/// SplitMix64: the same numbers each time.
struct SeededDice: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Two homes: `cellar` in `plant` asks, `attic` in `hill` looks.
struct Town: Sendable {
  let asker = ProbeIdentity(cluster: "garden", node: "cellar", key: .generate())
  let prober = ProbeIdentity(cluster: "garden", node: "attic", key: .generate())
  let askerAddress = IPv4Address(rawValue: 0x0B00_0002)
  var declaredPorts: Set<UInt16> = [80, 443]

  var book: ProberBook {
    ProberBook(
      me: prober,
      zone: "hill",
      peers: [
        ProbePeer(node: "cellar", zone: "plant", key: asker.key.verifyingKey),
        ProbePeer(node: "loft", zone: "hill", key: asker.key.verifyingKey),
        peer,
      ],
      ports: ["plant": declaredPorts, "hill": [3910, 8443]]
    )
  }

  /// The prober as the asker knows it.
  var peer: ProbePeer { ProbePeer(node: "attic", zone: "hill", key: prober.key.verifyingKey) }

  func nonce(_ number: UInt8) -> ProbeNonce {
    guard let nonce = ProbeNonce([UInt8](repeating: number, count: 32)) else { preconditionFailure("32 bytes") }
    return nonce
  }

  func proberSession(_ challenge: UInt8 = 1, isOutside: Bool = true) -> ProberSession {
    ProberSession(book, challenge: nonce(challenge), source: askerAddress, isOutside: isOutside, at: .zero)
  }

  func askerSession(_ ports: [UInt16] = [443], as me: ProbeIdentity? = nil) -> AskerSession {
    AskerSession(me: me ?? asker, prober: peer, ports: ports, nonce: nonce(2))
  }
}

extension [ProberSession.Directive] {
  /// The bytes to send.
  var bytes: [UInt8] { flatMap { if case .send(let bytes) = $0 { bytes } else { [UInt8]() } } }
}

extension [AskerSession.Directive] {
  var bytes: [UInt8] { flatMap { if case .send(let bytes) = $0 { bytes } else { [UInt8]() } } }
}
