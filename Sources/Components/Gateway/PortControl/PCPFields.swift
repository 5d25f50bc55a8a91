package import UPnP

/// What a PCP message is about: the low 7 bits of its second byte (RFC 6887 sections 7.1 and 19.2).
package struct PCPOpcode: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue & 0x7F }

  /// Section 14.1: nothing but the header; from a client "are you there?", from a router "I have lost my state".
  package static let announce = Self(rawValue: 0)
  /// Section 11.
  package static let map = Self(rawValue: 1)
}

/// What a router made of a PCP request (RFC 6887 section 7.4).
package struct PCPResult: RawRepresentable, Hashable, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let success = Self(rawValue: 0)
  package static let unsupportedVersion = Self(rawValue: 1)
  package static let notAuthorized = Self(rawValue: 2)
  package static let malformedRequest = Self(rawValue: 3)
  package static let unsupportedOpcode = Self(rawValue: 4)
  package static let unsupportedOption = Self(rawValue: 5)
  package static let malformedOption = Self(rawValue: 6)
  /// The router's own connection is down.
  package static let networkFailure = Self(rawValue: 7)
  package static let noResources = Self(rawValue: 8)
  package static let unsupportedProtocol = Self(rawValue: 9)
  package static let userExceededQuota = Self(rawValue: 10)
  /// The one port that PREFER_FAILURE insisted on cannot be had.
  package static let cannotProvideExternal = Self(rawValue: 11)
  /// The sender's address is not the one it wrote into the request: something translates in between.
  package static let addressMismatch = Self(rawValue: 12)
  package static let excessiveRemotePeers = Self(rawValue: 13)
}

/// The 96 bits that a client chooses for a mapping, and that whoever changes it must know (RFC 6887 section 11.1).
package struct PCPNonce: Hashable, Sendable {
  package let high: UInt32
  package let low: UInt64

  package init(high: UInt32, low: UInt64) { (self.high, self.low) = (high, low) }
}

/// The MAP opcode's own 36 bytes, alike in requests and in answers (RFC 6887 section 11.1).
package struct PCPMapping: Hashable, Sendable {
  package static let size = 36

  /// Bytes 0 to 11.
  package let nonce: PCPNonce
  /// Byte 12: the IANA number, 6 for TCP and 17 for UDP; 0 means all.
  package let protocolNumber: UInt8
  // Bytes 13 to 15 are reserved: sent as zero, ignored when received.
  /// Bytes 16 and 17; 0 means all.
  package let internalPort: UInt16
  /// Bytes 18 and 19: in a request the wish, in an answer what is forwarded.
  package let externalPort: UInt16
  /// Bytes 20 to 35: in a request the wish or one of the "any" addresses, in an answer the public address.
  package let externalAddress: ControlAddress

  package init(
    nonce: PCPNonce,
    protocolNumber: UInt8,
    internalPort: UInt16,
    externalPort: UInt16,
    externalAddress: ControlAddress
  ) {
    (self.nonce, self.protocolNumber, self.internalPort) = (nonce, protocolNumber, internalPort)
    (self.externalPort, self.externalAddress) = (externalPort, externalAddress)
  }

  init(_ reader: inout WireReader) throws(MalformedMessage) {
    nonce = PCPNonce(high: try reader.read(), low: try reader.read())
    protocolNumber = try reader.read()
    _ = try reader.take(3)
    internalPort = try reader.read()
    externalPort = try reader.read()
    externalAddress = try reader.readAddress()
  }

  func append(to bytes: inout [UInt8]) {
    bytes.append(number: nonce.high)
    bytes.append(number: nonce.low)
    bytes += [protocolNumber, 0, 0, 0]
    bytes.append(number: internalPort)
    bytes.append(number: externalPort)
    bytes += externalAddress.bytes
  }
}

extension TransportProtocol {
  /// The IANA protocol number.
  package var number: UInt8 { self == .tcp ? 6 : 17 }
}

/// An option after the opcode's own bytes (RFC 6887 section 7.3): code, a reserved byte, the length of the data, the
/// data, and zeros up to a multiple of four.
package struct PCPOption: Hashable, Sendable {
  /// 0 to 127 must be understood, 128 to 255 may be skipped.
  package let code: UInt8
  package let data: [UInt8]

  /// - Parameter data: longer than a message can be is cut.
  package init(code: UInt8, data: [UInt8] = []) {
    (self.code, self.data) = (code, Array(data.prefix(PCPMessage.sizeMax)))
  }

  /// Section 13.2: that port or none.
  package static let preferFailure = Self(code: 2)
  /// Section 13.1: acting for another machine. Never sent, and an answer that carries it is not for us.
  package static let thirdPartyCode: UInt8 = 1

  func append(to bytes: inout [UInt8]) {
    bytes += [code, 0]
    bytes.append(number: UInt16(truncatingIfNeeded: data.count))
    bytes += data
    bytes += Array(repeating: 0, count: -data.count & 3)
  }

  /// Reads options up to the end of the message.
  static func list(_ reader: inout WireReader) throws(MalformedMessage) -> [PCPOption] {
    var options: [PCPOption] = []
    while reader.remaining > 0 {
      let code: UInt8 = try reader.read()
      _ = try reader.read(UInt8.self)
      let length = Int(try reader.read(UInt16.self))
      options.append(PCPOption(code: code, data: try reader.take(length)))
      _ = try reader.take(-length & 3)
    }
    return options
  }
}
