/// The limits of the Port Control Protocol, version 2 (RFC 6887 section 7).
package enum PCPMessage {
  package static let version: UInt8 = 2
  /// Bytes of the common header, of requests and of answers.
  package static let headerSize = 24
  /// No message is longer.
  package static let sizeMax = 1100

  /// - Throws: `MalformedMessage` when the length is none that a message can have.
  static func checkSize(_ bytes: [UInt8]) throws(MalformedMessage) {
    guard (headerSize...sizeMax).contains(bytes.count), bytes.count % 4 == 0 else {
      throw MalformedMessage("\(bytes.count) bytes are no PCP message: 24 to 1100, a multiple of 4")
    }
  }
}

/// A PCP request (RFC 6887 section 7.1).
package struct PCPRequest: Hashable, Sendable {
  /// Byte 1, whose highest bit is 0 in requests.
  package let opcode: PCPOpcode
  /// Bytes 4 to 7: seconds that a mapping shall last; 0 removes it.
  package let lifetime: UInt32
  /// Bytes 8 to 23: the sender's address as it knows it, so that a NAT in between is noticed.
  package let client: ControlAddress
  /// For opcode MAP; nil for ANNOUNCE.
  package let mapping: PCPMapping?
  package let options: [PCPOption]

  /// "Are you there?" (section 14.1).
  package static func announce(client: ControlAddress) -> PCPRequest {
    PCPRequest(opcode: .announce, lifetime: 0, client: client, mapping: nil, options: [])
  }

  /// A mapping to make, to renew, or with lifetime 0 to remove (sections 11.1 and 15).
  package static func map(
    _ mapping: PCPMapping,
    lifetime: UInt32,
    client: ControlAddress,
    options: [PCPOption]
  ) -> PCPRequest {
    PCPRequest(opcode: .map, lifetime: lifetime, client: client, mapping: mapping, options: options)
  }

  private init(
    opcode: PCPOpcode,
    lifetime: UInt32,
    client: ControlAddress,
    mapping: PCPMapping?,
    options: [PCPOption]
  ) {
    (self.opcode, self.lifetime, self.client) = (opcode, lifetime, client)
    (self.mapping, self.options) = (mapping, options)
  }

  /// The datagram.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = [PCPMessage.version, opcode.rawValue, 0, 0]
    bytes.append(number: lifetime)
    bytes += client.bytes
    mapping?.append(to: &bytes)
    for option in options { option.append(to: &bytes) }
    return bytes
  }

  /// Reads a request, as a router does.
  ///
  /// - Throws: `MalformedMessage` for another version, an answer, an unknown opcode, or lengths that do not fit.
  package init(decoding bytes: [UInt8]) throws(MalformedMessage) {
    try PCPMessage.checkSize(bytes)
    var reader = WireReader(bytes)
    guard try reader.read(UInt8.self) == PCPMessage.version else { throw MalformedMessage("not version 2 of PCP") }
    let marked: UInt8 = try reader.read()
    guard marked & 0x80 == 0 else { throw MalformedMessage("an answer where a request was expected") }
    (opcode, _) = (PCPOpcode(rawValue: marked), try reader.read(UInt16.self))
    (lifetime, client) = (try reader.read(), try reader.readAddress())
    switch opcode {
    case .announce: mapping = nil
    case .map: mapping = try PCPMapping(&reader)
    default: throw MalformedMessage("an unknown PCP opcode")
    }
    options = try PCPOption.list(&reader)
  }
}

/// A PCP answer (RFC 6887 section 7.2).
package struct PCPResponse: Hashable, Sendable {
  /// Byte 1, whose highest bit is 1 in answers.
  package let opcode: PCPOpcode
  /// Byte 3.
  package let result: PCPResult
  /// Bytes 4 to 7: seconds. With success how long the mapping lasts, else how long the same refusal is to be expected,
  /// so when to ask again.
  package let lifetime: UInt32
  /// Bytes 8 to 11: seconds since the router's table was last empty (section 8.5).
  package let epoch: UInt32
  // Bytes 12 to 23 are reserved: sent as zero, ignored when received.
  /// Of opcode MAP; nil for ANNOUNCE, and for a refusal that does not repeat the request.
  package let mapping: PCPMapping?
  /// Empty in refusals, which only repeat what was sent.
  package let options: [PCPOption]

  package init(
    opcode: PCPOpcode,
    result: PCPResult = .success,
    lifetime: UInt32,
    epoch: UInt32,
    mapping: PCPMapping? = nil,
    options: [PCPOption] = []
  ) {
    (self.opcode, self.result, self.lifetime, self.epoch) = (opcode, result, lifetime, epoch)
    (self.mapping, self.options) = (mapping, options)
  }

  /// The datagram.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = [PCPMessage.version, 0x80 | opcode.rawValue, 0, result.rawValue]
    bytes.append(number: lifetime)
    bytes.append(number: epoch)
    bytes += Array(repeating: 0, count: 12)
    mapping?.append(to: &bytes)
    for option in options { option.append(to: &bytes) }
    return bytes
  }

  /// Reads an answer. A refusal may lack the mapping and carry anything after it; a success must be whole.
  ///
  /// - Throws: `MalformedMessage` for another version, a request, a success of an unknown opcode, or lengths that do
  ///   not fit.
  package init(decoding bytes: [UInt8]) throws(MalformedMessage) {
    try PCPMessage.checkSize(bytes)
    var reader = WireReader(bytes)
    guard try reader.read(UInt8.self) == PCPMessage.version else { throw MalformedMessage("not version 2 of PCP") }
    let marked: UInt8 = try reader.read()
    guard marked & 0x80 != 0 else { throw MalformedMessage("a request where an answer was expected") }
    opcode = PCPOpcode(rawValue: marked)
    _ = try reader.read(UInt8.self)
    result = PCPResult(rawValue: try reader.read())
    (lifetime, epoch) = (try reader.read(), try reader.read())
    _ = try reader.take(12)
    if result == .success {
      guard opcode == .announce || opcode == .map else { throw MalformedMessage("an unknown PCP opcode") }
      mapping = opcode == .map ? try PCPMapping(&reader) : nil
      options = try PCPOption.list(&reader)
    } else {
      mapping = opcode == .map && reader.remaining >= PCPMapping.size ? try PCPMapping(&reader) : nil
      options = []
    }
  }
}
