package import UPnP

/// A request of the NAT Port Mapping Protocol, version 0 (RFC 6886).
package enum NATPMPRequest: Hashable, Sendable {
  /// "What is your address on the internet?" (section 3.2): opcode 0.
  case externalAddress
  /// "Forward a port to me" (section 3.3): opcode 1 for UDP, 2 for TCP. Lifetime 0 removes (section 3.4).
  case map(NATPMPMapping)

  /// The opcode (section 3): answers carry it plus 128.
  package var opcode: UInt8 {
    switch self {
    case .externalAddress: 0
    case .map(let mapping): mapping.transport == .udp ? 1 : 2
    }
  }

  /// The datagram: 2 bytes for the address (section 3.2), 12 bytes for a mapping (section 3.3).
  package var encoded: [UInt8] {
    var bytes: [UInt8] = [0, opcode]
    if case .map(let mapping) = self {
      bytes.append(number: UInt16(0))  // Reserved, zero.
      mapping.append(to: &bytes)
    }
    return bytes
  }

  /// Reads a request, as a router does.
  ///
  /// - Throws: `MalformedMessage` for another version, an unknown opcode, or a wrong length.
  package init(decoding bytes: [UInt8]) throws(MalformedMessage) {
    var reader = WireReader(bytes)
    guard try reader.read(UInt8.self) == 0 else { throw MalformedMessage("not version 0 of NAT-PMP") }
    switch try reader.read(UInt8.self) {
    case 0: self = .externalAddress
    case let opcode where opcode == 1 || opcode == 2:
      _ = try reader.read(UInt16.self)
      self = .map(try NATPMPMapping(opcode == 1 ? .udp : .tcp, &reader))
    default: throw MalformedMessage("an unknown NAT-PMP opcode")
    }
    guard reader.remaining == 0 else { throw MalformedMessage("bytes after the end of a NAT-PMP request") }
  }
}

/// One mapping as NAT-PMP names it, in requests and in answers (RFC 6886 section 3.3).
package struct NATPMPMapping: Hashable, Sendable {
  /// Goes into the opcode.
  package let transport: TransportProtocol
  /// The port of the machine that asks; mappings always lead to it.
  package let internalPort: UInt16
  /// In a request only a wish, in an answer what is forwarded; 0 when removing.
  package let externalPort: UInt16
  /// Seconds from now; 7200 is recommended, 0 removes.
  package let lifetime: UInt32

  package init(transport: TransportProtocol, internalPort: UInt16, externalPort: UInt16, lifetime: UInt32) {
    (self.transport, self.internalPort) = (transport, internalPort)
    (self.externalPort, self.lifetime) = (externalPort, lifetime)
  }

  fileprivate init(_ transport: TransportProtocol, _ reader: inout WireReader) throws(MalformedMessage) {
    self.init(
      transport: transport,
      internalPort: try reader.read(),
      externalPort: try reader.read(),
      lifetime: try reader.read()
    )
  }

  fileprivate func append(to bytes: inout [UInt8]) {
    bytes.append(number: internalPort)
    bytes.append(number: externalPort)
    bytes.append(number: lifetime)
  }
}

/// What a router made of a NAT-PMP request (RFC 6886 section 3.5).
package struct NATPMPResult: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt16

  package init(rawValue: UInt16) { self.rawValue = rawValue }

  package static let success = Self(rawValue: 0)
  package static let unsupportedVersion = Self(rawValue: 1)
  /// The router can map but its owner has switched it off, or this port is not for this machine.
  package static let notAuthorized = Self(rawValue: 2)
  /// The router itself has no address, for example because it waits for its provider.
  package static let networkFailure = Self(rawValue: 3)
  package static let outOfResources = Self(rawValue: 4)
  package static let unsupportedOpcode = Self(rawValue: 5)
}

/// An answer of a NAT-PMP router (RFC 6886 section 3).
package struct NATPMPResponse: Hashable, Sendable {
  /// What comes with success.
  package enum Content: Hashable, Sendable {
    /// Section 3.2: the router's address; 0.0.0.0 when it has none.
    case externalAddress(IPv4Address)
    /// Section 3.3.
    case mapping(NATPMPMapping)
  }

  /// The opcode of the request. Routers that refuse the version may put anything here (section 9).
  package let opcode: UInt8
  package let result: NATPMPResult
  /// Seconds since the router's table was last empty (section 3.6).
  package let epoch: UInt32
  /// Nil in every answer but success: those fields mean nothing then.
  package let content: Content?

  /// A success.
  package init(_ content: Content, epoch: UInt32) {
    switch content {
    case .externalAddress: opcode = 0
    case .mapping(let mapping): opcode = NATPMPRequest.map(mapping).opcode
    }
    (result, self.epoch, self.content) = (.success, epoch, content)
  }

  /// A refusal.
  package init(opcode: UInt8, result: NATPMPResult, epoch: UInt32) {
    (self.opcode, self.result, self.epoch, content) = (opcode, result, epoch, nil)
  }

  /// The datagram; 8 bytes for refusals, 12 with the address, 16 with a mapping.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = [0, 0x80 | opcode]
    bytes.append(number: result.rawValue)
    bytes.append(number: epoch)
    switch content {
    case .externalAddress(let address): bytes.append(number: address.rawValue)
    case .mapping(let mapping): mapping.append(to: &bytes)
    case nil: break
    }
    return bytes
  }

  /// Reads an answer. A refusal may have any content, or none; a success must have exactly its own.
  ///
  /// - Throws: `MalformedMessage` for another version, a request, an unknown opcode or a wrong length.
  package init(decoding bytes: [UInt8]) throws(MalformedMessage) {
    var reader = WireReader(bytes)
    guard try reader.read(UInt8.self) == 0 else { throw MalformedMessage("not version 0 of NAT-PMP") }
    let marked: UInt8 = try reader.read()
    let result = NATPMPResult(rawValue: try reader.read())
    guard marked & 0x80 != 0 || result == .unsupportedVersion else { throw MalformedMessage("not an answer") }
    let epoch: UInt32 = try reader.read()
    guard result == .success else {
      self.init(opcode: marked & 0x7F, result: result, epoch: epoch)
      return
    }
    self.init(try Self.content(marked & 0x7F, &reader), epoch: epoch)
    guard reader.remaining == 0 else { throw MalformedMessage("bytes after the end of a NAT-PMP answer") }
  }

  private static func content(_ opcode: UInt8, _ reader: inout WireReader) throws(MalformedMessage) -> Content {
    switch opcode {
    case 0: .externalAddress(IPv4Address(rawValue: try reader.read()))
    case 1: .mapping(try NATPMPMapping(.udp, &reader))
    case 2: .mapping(try NATPMPMapping(.tcp, &reader))
    default: throw MalformedMessage("an unknown NAT-PMP opcode")
    }
  }
}
