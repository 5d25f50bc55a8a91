/// An answer on UDP port 5351, which two protocols share: the first byte tells them apart (RFC 6887 section 9).
package enum ControlAnswer: Hashable, Sendable {
  /// Version 0.
  case natPMP(NATPMPResponse)
  /// Version 2.
  case pcp(PCPResponse)
  /// A refusal by a router that speaks only this version, which we do not.
  case otherVersion(UInt8)

  /// Reads an answer of either protocol.
  ///
  /// - Throws: `MalformedMessage` for anything else.
  package init(decoding bytes: [UInt8]) throws(MalformedMessage) {
    switch bytes.first {
    case 0: self = .natPMP(try NATPMPResponse(decoding: bytes))
    case PCPMessage.version: self = .pcp(try PCPResponse(decoding: bytes))
    case let version?:
      guard bytes.count >= 4, bytes[1] & 0x80 != 0, bytes[3] == PCPResult.unsupportedVersion.rawValue else {
        throw MalformedMessage("neither PCP nor NAT-PMP")
      }
      self = .otherVersion(version)
    case nil: throw MalformedMessage("an empty datagram")
    }
  }

  /// True when the router says that it does not speak the version it was asked in.
  package var refusesVersion: Bool {
    switch self {
    case .natPMP(let answer): answer.result == .unsupportedVersion
    case .pcp(let answer): answer.result == .unsupportedVersion
    case .otherVersion: true
    }
  }
}
