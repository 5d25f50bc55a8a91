package import UPnP

/// A number used once: what makes each exchange differ from every other.
package struct ProbeNonce: Hashable, Sendable {
  package static let byteCount = 32
  package let bytes: [UInt8]

  /// Nil unless there are 32 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }
}

/// The wish of a node that its ports be looked at from outside, signed by it.
package struct ProbeAsk: Hashable, Sendable {
  /// How many ports one wish may name.
  package static let portLimit = 64
  package let cluster: String
  package let node: String
  package let nonce: ProbeNonce
  /// Ascending, each once; TCP.
  package let ports: [UInt16]
  package var signature: [UInt8]
}

/// What a prober saw, signed by it.
package struct ProbeReport: Hashable, Sendable {
  /// What came of one connection.
  package enum Look: UInt8, Hashable, Sendable, CaseIterable {
    case connected, refused, timedOut, noWay
  }

  /// A port and what came of it.
  package struct Port: Hashable, Sendable {
    package let port: UInt16
    package let look: Look

    package init(_ port: UInt16, _ look: Look) { (self.port, self.look) = (port, look) }
  }

  /// Where the wish came from; nothing else was looked at.
  package let address: IPv4Address
  /// In the order of the wish; none when the address is not one on the internet.
  package let ports: [Port]
  package var signature: [UInt8]
}

/// The messages of the probe, each of them one frame: two bytes of length, then the text below.
///
///     challenge  "RZP1" 1  nonce(32)
///     ask        "RZP1" 2  cluster  node  nonce(32)  count(1) port(2)…  signature(64)
///     report     "RZP1" 3  address(4)  count(1) { port(2) look(1) }…  signature(64)
///
/// Numbers are in network order; a name is a byte of length and that many bytes.
package enum ProbeMessage: Hashable, Sendable {
  case challenge(ProbeNonce)
  case ask(ProbeAsk)
  case report(ProbeReport)

  /// Why bytes are no message.
  package enum Malformed: Error, Hashable, Sendable {
    case tooLong, notOurs, truncated, trailingBytes, badName, badPorts, badLook
  }

  /// The longest frame, without its two bytes of length.
  package static let maximumByteCount = 512
  static let signatureByteCount = 64
  private static let mark = Array("RZP1".utf8)

  /// As a frame.
  package var frame: [UInt8] {
    let body = text
    return [UInt8(body.count >> 8), UInt8(body.count & 255)] + body
  }

  private var text: [UInt8] {
    switch self {
    case .challenge(let nonce): Self.mark + [1] + nonce.bytes
    case .ask(let ask): Self.mark + [2] + ask.unsigned + ask.signature
    case .report(let report): Self.mark + [3] + report.unsigned + report.signature
    }
  }

  /// Reads the text of one frame, strictly: there is one way to write each message.
  package init(_ text: [UInt8]) throws(Malformed) {
    guard text.count <= Self.maximumByteCount else { throw .tooLong }
    var reader = ProbeReader(text)
    guard try reader.bytes(4) == Self.mark else { throw .notOurs }
    switch try reader.byte() {
    case 1: self = .challenge(try reader.nonce())
    case 2: self = .ask(try reader.ask())
    case 3: self = .report(try reader.report())
    default: throw .notOurs
    }
    guard reader.isAtEnd else { throw .trailingBytes }
  }
}

extension ProbeAsk {
  /// Everything but the signature.
  var unsigned: [UInt8] {
    Self.name(cluster) + Self.name(node) + nonce.bytes + [UInt8(ports.count)]
      + ports.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
  }

  private static func name(_ name: String) -> [UInt8] { [UInt8(name.utf8.count)] + Array(name.utf8) }
}

extension ProbeReport {
  /// Everything but the signature.
  var unsigned: [UInt8] {
    [24, 16, 8, 0].map { UInt8(address.rawValue >> $0 & 255) } + [UInt8(ports.count)]
      + ports.flatMap { [UInt8($0.port >> 8), UInt8($0.port & 255), $0.look.rawValue] }
  }
}

/// Reads a message from its beginning.
private struct ProbeReader {
  private var rest: ArraySlice<UInt8>

  init(_ text: [UInt8]) { rest = text[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func bytes(_ count: Int) throws(ProbeMessage.Malformed) -> [UInt8] {
    guard rest.count >= count else { throw .truncated }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func byte() throws(ProbeMessage.Malformed) -> UInt8 { try bytes(1)[0] }

  mutating func number() throws(ProbeMessage.Malformed) -> UInt16 {
    let pair = try bytes(2)
    return UInt16(pair[0]) << 8 | UInt16(pair[1])
  }

  mutating func nonce() throws(ProbeMessage.Malformed) -> ProbeNonce {
    guard let nonce = ProbeNonce(try bytes(ProbeNonce.byteCount)) else { throw .truncated }
    return nonce
  }

  /// A DNS label in lower case, which is what names of clusters and nodes are.
  private mutating func name() throws(ProbeMessage.Malformed) -> String {
    let text = try bytes(Int(try byte()))
    let isLabel = text.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    guard (1...63).contains(text.count), isLabel else { throw .badName }
    return String(decoding: text, as: UTF8.self)
  }

  mutating func ask() throws(ProbeMessage.Malformed) -> ProbeAsk {
    let (cluster, node, nonce) = (try name(), try name(), try nonce())
    let count = Int(try byte())
    guard (1...ProbeAsk.portLimit).contains(count) else { throw .badPorts }
    var ports: [UInt16] = []
    for _ in 0..<count {
      let port = try number()
      guard port > ports.last ?? 0 else { throw .badPorts }
      ports.append(port)
    }
    let signature = try bytes(ProbeMessage.signatureByteCount)
    return ProbeAsk(cluster: cluster, node: node, nonce: nonce, ports: ports, signature: signature)
  }

  mutating func report() throws(ProbeMessage.Malformed) -> ProbeReport {
    let address = try bytes(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let count = Int(try byte())
    guard count <= ProbeAsk.portLimit else { throw .badPorts }
    var ports: [ProbeReport.Port] = []
    for _ in 0..<count {
      let port = try number()
      guard port > ports.last?.port ?? 0 else { throw .badPorts }
      guard let look = ProbeReport.Look(rawValue: try byte()) else { throw .badLook }
      ports.append(.init(port, look))
    }
    let signature = try bytes(ProbeMessage.signatureByteCount)
    return ProbeReport(address: IPv4Address(rawValue: address), ports: ports, signature: signature)
  }
}

/// Collects frames from bytes that come in pieces. Never holds more than one frame may have.
struct ProbeFrames {
  private var buffer: [UInt8] = []

  /// - Throws: `tooLong` as soon as a frame announces more than it may have, or more comes than was asked for.
  mutating func append(_ bytes: [UInt8]) throws(ProbeMessage.Malformed) {
    guard buffer.count + bytes.count <= 2 + ProbeMessage.maximumByteCount else { throw .tooLong }
    buffer += bytes
    if let length, length > ProbeMessage.maximumByteCount { throw .tooLong }
  }

  private var length: Int? { buffer.count < 2 ? nil : Int(buffer[0]) << 8 | Int(buffer[1]) }

  /// The next whole message, once it is there.
  ///
  /// - Throws: `trailingBytes` when more follows: nobody speaks twice in this exchange.
  mutating func next() throws(ProbeMessage.Malformed) -> ProbeMessage? {
    guard let length, buffer.count >= 2 + length else { return nil }
    guard buffer.count == 2 + length else { throw .trailingBytes }
    defer { buffer = [] }
    return try ProbeMessage(Array(buffer.dropFirst(2)))
  }
}
