package import NIOCore

/// Writes BER elements to a buffer, with definite lengths of minimal size.
package struct BERWriter: Sendable {
  package private(set) var buffer: ByteBuffer

  package init(_ buffer: ByteBuffer = ByteBuffer()) { self.buffer = buffer }

  /// Writes an element whose content is what `body` writes.
  package mutating func constructed(_ tag: BERTag, _ body: (inout BERWriter) -> Void) {
    buffer.writeInteger(tag.rawValue)
    // One octet is reserved for the length; the rare longer content moves up once it is known.
    let lengthIndex = buffer.writerIndex
    buffer.writeInteger(UInt8(0))
    body(&self)
    let length = buffer.writerIndex - lengthIndex - 1
    if length < 0x80 {
      buffer.setInteger(UInt8(length), at: lengthIndex)
    } else {
      widenLength(at: lengthIndex, length)
    }
  }

  private mutating func widenLength(at index: Int, _ length: Int) {
    let octets = Self.lengthOctets(length)
    buffer.writeRepeatingByte(0, count: octets.count - 1)
    // Within what was just written: it cannot fail.
    _ = try? buffer.copyBytes(at: index + 1, to: index + octets.count, length: length)
    buffer.setBytes(octets, at: index)
  }

  private static func lengthOctets(_ length: Int) -> [UInt8] {
    if length < 0x80 { return [UInt8(length)] }
    var octets: [UInt8] = []
    var rest = length
    while rest > 0 {
      octets.insert(UInt8(truncatingIfNeeded: rest), at: 0)
      rest >>= 8
    }
    return [0x80 | UInt8(octets.count)] + octets
  }

  /// Writes a primitive element holding `octets`.
  package mutating func octets(_ octets: some Collection<UInt8>, tag: BERTag = .octetString) {
    header(tag, length: octets.count)
    buffer.writeBytes(octets)
  }

  /// Writes `text` as UTF-8.
  package mutating func string(_ text: String, tag: BERTag = .octetString) {
    header(tag, length: text.utf8.count)
    buffer.writeString(text)
  }

  private mutating func header(_ tag: BERTag, length: Int) {
    buffer.writeInteger(tag.rawValue)
    if length < 0x80 {
      buffer.writeInteger(UInt8(length))
    } else {
      buffer.writeBytes(Self.lengthOctets(length))
    }
  }

  /// Writes an INTEGER (or ENUMERATED) in two's complement, as short as possible.
  package mutating func integer(_ value: Int32, tag: BERTag = .integer) {
    // An octet is redundant where it says nothing but the sign, which the next one says as well.
    let magnitude = value < 0 ? ~value : value
    let count = (Int32.bitWidth - magnitude.leadingZeroBitCount) / 8 + 1
    header(tag, length: count)
    for place in (0..<count).reversed() { buffer.writeInteger(UInt8(truncatingIfNeeded: value >> (8 * place))) }
  }

  /// Writes a BOOLEAN, true being 0xFF (RFC 4511 5.1).
  package mutating func boolean(_ value: Bool, tag: BERTag = .boolean) {
    octets([value ? 0xFF : 0x00], tag: tag)
  }

  /// Writes an element that is encoded already.
  package mutating func encoded(_ bytes: ByteBuffer) { buffer.writeImmutableBuffer(bytes) }

  /// Writes a primitive element without content.
  package mutating func null(tag: BERTag) { header(tag, length: 0) }
}
