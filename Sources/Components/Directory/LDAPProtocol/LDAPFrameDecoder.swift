package import NIOCore

/// Cuts a byte stream into LDAP messages and decodes them.
///
/// Memory is bounded by `messageByteCountMax`: a longer message is refused as soon as its length is read.
package struct LDAPFrameDecoder: NIOSingleStepByteToMessageDecoder {
  package typealias InboundOut = LDAPMessage

  /// Longest message accepted, in bytes with its header.
  package let messageByteCountMax: Int

  package init(messageByteCountMax: Int) { self.messageByteCountMax = messageByteCountMax }

  package mutating func decode(buffer: inout ByteBuffer) throws -> LDAPMessage? {
    guard let frame = try nextFrame(from: &buffer) else { return nil }
    return try LDAPMessage(decoding: frame)
  }

  package mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> LDAPMessage? {
    try decode(buffer: &buffer)
  }

  private func nextFrame(from buffer: inout ByteBuffer) throws(BERError) -> ByteBuffer? {
    var ahead = buffer
    guard let tag = ahead.readInteger(as: UInt8.self) else { return nil }
    guard BERTag(rawValue: tag) == .sequence else {
      throw BERError(.unexpectedTag, "a message starts with \(BERTag(rawValue: tag)), not with a sequence")
    }
    guard case .known(let length) = try BERReader.readLength(from: &ahead) else { return nil }
    let frameLength = ahead.readerIndex - buffer.readerIndex + length
    guard frameLength <= messageByteCountMax else {
      throw BERError(.lengthTooLarge, "a message of \(frameLength) bytes; at most \(messageByteCountMax) are allowed")
    }
    return buffer.readSlice(length: frameLength)
  }
}

/// Encodes messages for the wire.
package struct LDAPMessageEncoder: MessageToByteEncoder {
  package typealias OutboundIn = LDAPMessage

  package init() {}

  package func encode(data: LDAPMessage, out: inout ByteBuffer) throws {
    data.encode(into: &out)
  }
}
