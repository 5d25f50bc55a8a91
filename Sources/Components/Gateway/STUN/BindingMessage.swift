/// What ties an answer to its question: 96 random bits (RFC 8489, section 5).
package struct TransactionID: Hashable, Sendable {
  static let byteCount = 12
  package let bytes: [UInt8]

  /// Nil unless there are 12 bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// A new one from the system's randomness.
  package static func random() -> TransactionID {
    var generator = SystemRandomNumberGenerator()
    return TransactionID(unchecked: (0..<byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
  }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}

/// The two messages that tell a machine its own address as others see it: the Binding request, and its answer
/// (RFC 8489, sections 5 and 14).
package enum BindingMessage {
  static let magicCookie: UInt32 = 0x2112_A442
  private static let headerByteCount = 20
  /// An answer that is longer has no reason to be.
  package static let maximumByteCount = 1_280

  /// What a server says.
  package enum Answer: Hashable, Sendable {
    case address(TransportAddress)
    /// A refusal: code from 300 to 699, and the server's words, made printable.
    case refused(code: Int, reason: String)
  }

  /// Why bytes are no answer.
  package enum Malformed: Error, Hashable, Sendable {
    case notSTUN, notAnAnswer, truncated, noAddress, badAddress, badErrorCode, mandatoryAttribute(UInt16)
  }

  /// The request, without attributes.
  package static func request(_ id: TransactionID) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(UInt16(0x0001))
    bytes.append(UInt16(0))
    bytes.append(magicCookie)
    return bytes + id.bytes
  }

  /// Reads an answer strictly: the length has to be that of the datagram, and attributes that must be understood are.
  package static func answer(_ bytes: [UInt8]) throws(Malformed) -> (id: TransactionID, answer: Answer) {
    guard (headerByteCount...maximumByteCount).contains(bytes.count), bytes[0] & 0xC0 == 0,
      bytes.number(at: 4, 4) == UInt64(magicCookie), let id = TransactionID(Array(bytes[8..<20]))
    else { throw .notSTUN }
    guard Int(bytes.number(at: 2, 2)) == bytes.count - headerByteCount, bytes.count.isMultiple(of: 4) else {
      throw .truncated
    }
    let attributes = try attributes(bytes)
    switch bytes.number(at: 0, 2) {
    case 0x0101: return (id, .address(try address(attributes, bytes)))
    case 0x0111: return (id, try refusal(attributes))
    default: throw .notAnAnswer
    }
  }

  /// The first of each type counts (section 14). SOFTWARE, FINGERPRINT and all that may be ignored, is.
  private static func attributes(_ bytes: [UInt8]) throws(Malformed) -> [UInt16: [UInt8]] {
    var found: [UInt16: [UInt8]] = [:]
    var rest = headerByteCount
    while rest < bytes.count {
      guard rest + 4 <= bytes.count else { throw .truncated }
      let (type, length) = (UInt16(bytes.number(at: rest, 2)), Int(bytes.number(at: rest + 2, 2)))
      guard rest + 4 + length <= bytes.count else { throw .truncated }
      if type < 0x8000, !understood.contains(type) { throw .mandatoryAttribute(type) }
      if found[type] == nil { found[type] = Array(bytes[(rest + 4)..<(rest + 4 + length)]) }
      rest += 4 + (length + 3) / 4 * 4
    }
    return found
  }

  private static let mappedAddress: UInt16 = 0x0001
  private static let errorCode: UInt16 = 0x0009
  private static let xorMappedAddress: UInt16 = 0x0020
  /// With what old servers (RFC 3489) also send: RESPONSE-ADDRESS, CHANGE-REQUEST, SOURCE-ADDRESS, CHANGED-ADDRESS,
  /// REFLECTED-FROM; and what comes with a refusal: USERNAME, MESSAGE-INTEGRITY (both), UNKNOWN-ATTRIBUTES, REALM, NONCE.
  private static let understood: Set<UInt16> = [
    0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x0008, 0x0009, 0x000A, 0x000B, 0x0014, 0x0015, 0x001C, 0x0020,
  ]

  private static func address(_ attributes: [UInt16: [UInt8]], _ message: [UInt8]) throws(Malformed)
    -> TransportAddress
  {
    if let masked = attributes[xorMappedAddress] {
      return try address(masked, mask: Array(message[4..<20]))
    }
    guard let plain = attributes[mappedAddress] else { throw .noAddress }
    return try address(plain, mask: [UInt8](repeating: 0, count: 16))
  }

  /// Sections 14.1 and 14.2; the port is masked with the first two bytes of the cookie, the address with cookie and id.
  private static func address(_ value: [UInt8], mask: [UInt8]) throws(Malformed) -> TransportAddress {
    guard value.count >= 4, let family = TransportAddress.Family(rawValue: value[1]) else { throw .badAddress }
    let port = UInt16(value.number(at: 2, 2)) ^ UInt16(mask.number(at: 0, 2))
    let bytes = zip(value.dropFirst(4), mask).map { $0 ^ $1 }
    guard value.count == 4 + bytes.count, let address = TransportAddress(family, bytes, port: port) else {
      throw .badAddress
    }
    return address
  }

  /// Section 14.8.
  private static func refusal(_ attributes: [UInt16: [UInt8]]) throws(Malformed) -> Answer {
    guard let value = attributes[errorCode], value.count >= 4, (3...6).contains(value[2] & 7), value[3] < 100 else {
      throw .badErrorCode
    }
    let words = String(decoding: value.dropFirst(4).prefix(128), as: UTF8.self)
    return .refused(code: Int(value[2] & 7) * 100 + Int(value[3]), reason: words.printableASCII)
  }
}

extension String {
  /// Harmless for terminals and logs.
  fileprivate var printableASCII: String {
    String(unicodeScalars.map { $0.value >= 32 && $0.value < 127 ? Character($0) : "?" })
  }
}

extension [UInt8] {
  /// `count` bytes in network order.
  fileprivate func number(at index: Int, _ count: Int) -> UInt64 {
    self[index..<(index + count)].reduce(0) { $0 << 8 | UInt64($1) }
  }

  fileprivate mutating func append(_ number: some FixedWidthInteger & UnsignedInteger) {
    Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
  }
}
