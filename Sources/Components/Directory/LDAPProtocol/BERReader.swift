package import NIOCore

/// Reads a run of BER elements from a slice of bytes, with limits against hostile input.
///
/// Only what RFC 4511 5.1 allows is accepted: definite lengths, primitive strings. Lengths need not be
/// minimal. The reader never copies more than the bytes it was given.
package struct BERReader: Sendable {
  /// Longest length field accepted, in octets after the first.
  private static let lengthOctetsMax = 4

  private var buffer: ByteBuffer
  private let depthLeft: Int

  /// - Parameter depthMax: how many constructed elements may be nested inside each other.
  package init(_ buffer: ByteBuffer, depthMax: Int) {
    self.buffer = buffer
    self.depthLeft = depthMax
  }

  package var isAtEnd: Bool { buffer.readableBytes == 0 }

  /// The tag of the next element, or nil at the end.
  package var nextTag: BERTag? {
    buffer.getInteger(at: buffer.readerIndex, as: UInt8.self).map(BERTag.init(rawValue:))
  }

  /// A length as found by `readLength`: complete with its value, or not there yet.
  package enum Length: Equatable, Sendable {
    case known(Int)
    case incomplete
  }

  /// Reads the length octets at the front of `buffer` (X.690 8.1.3).
  /// - Throws: `BERError` for the indefinite form and for lengths above 32 bits.
  package static func readLength(from buffer: inout ByteBuffer) throws(BERError) -> Length {
    guard let first = buffer.readInteger(as: UInt8.self) else { return .incomplete }
    if first < 0x80 { return .known(Int(first)) }
    if first == 0x80 { throw BERError(.indefiniteLength, "a length of indefinite form is not allowed in LDAP") }
    let count = Int(first & 0x7F)
    guard count <= lengthOctetsMax else {
      throw BERError(.lengthTooLarge, "a length field of \(count) octets; at most \(lengthOctetsMax) are allowed")
    }
    guard let octets = buffer.readBytes(length: count) else { return .incomplete }
    return .known(octets.reduce(0) { $0 << 8 | Int($1) })
  }

  /// Reads the next element, whatever it is.
  package mutating func readElement() throws(BERError) -> (tag: BERTag, content: ByteBuffer) {
    guard let identifier = buffer.readInteger(as: UInt8.self) else {
      throw BERError(.truncated, "an element was due, the data ends")
    }
    guard identifier & 0x1F != 0x1F else {
      throw BERError(.unexpectedTag, "tag numbers above 30 do not occur in LDAP")
    }
    guard case .known(let length) = try Self.readLength(from: &buffer), let content = buffer.readSlice(length: length)
    else { throw BERError(.truncated, "element \(BERTag(rawValue: identifier)) is longer than the data around it") }
    return (BERTag(rawValue: identifier), content)
  }

  /// Reads the content of the next element, which must carry `tag`.
  package mutating func readContent(_ tag: BERTag) throws(BERError) -> ByteBuffer {
    let element = try readElement()
    guard element.tag == tag else {
      throw BERError(.unexpectedTag, "expected element \(tag), found \(element.tag)")
    }
    return element.content
  }

  /// A reader over the elements inside the next element, which must carry `tag`.
  package mutating func readConstructed(_ tag: BERTag) throws(BERError) -> BERReader {
    try nested(readContent(tag))
  }

  /// A reader over `content` that is one level deeper than this one.
  package func nested(_ content: ByteBuffer) throws(BERError) -> BERReader {
    guard depthLeft > 0 else { throw BERError(.tooDeep, "elements are nested too deeply") }
    return BERReader(content, depthMax: depthLeft - 1)
  }

  /// Reads an INTEGER or ENUMERATED of at most 32 bits.
  package mutating func readInteger(_ tag: BERTag = .integer) throws(BERError) -> Int32 {
    try Self.integer(readContent(tag))
  }

  /// The value of the content of an INTEGER.
  package static func integer(_ content: ByteBuffer) throws(BERError) -> Int32 {
    let octets = content.readableBytesView
    guard let first = octets.first, octets.count <= 4 else {
      throw BERError(.invalidValue, "an integer of \(octets.count) octets; LDAP needs 1 to 4")
    }
    let negative: Int32 = first & 0x80 == 0 ? 0 : -1
    return octets.reduce(negative) { $0 << 8 | Int32($1) }
  }

  /// Reads a BOOLEAN; any non-zero octet counts as true, as in BER at large.
  package mutating func readBoolean(_ tag: BERTag = .boolean) throws(BERError) -> Bool {
    let content = try readContent(tag)
    guard content.readableBytes == 1, let octet = content.readableBytesView.first else {
      throw BERError(.invalidValue, "a boolean must be one octet")
    }
    return octet != 0
  }

  /// Reads an OCTET STRING.
  package mutating func readOctets(_ tag: BERTag = .octetString) throws(BERError) -> [UInt8] {
    Array(try readContent(tag).readableBytesView)
  }

  /// Reads an LDAPString: UTF-8 text.
  package mutating func readString(_ tag: BERTag = .octetString) throws(BERError) -> String {
    try Self.string(readContent(tag))
  }

  /// The text in the content of an LDAPString.
  package static func string(_ content: ByteBuffer) throws(BERError) -> String {
    guard let text = String(validating: content.readableBytesView, as: UTF8.self) else {
      throw BERError(.invalidValue, "a string is not UTF-8")
    }
    return text
  }

  /// Checks that nothing is left.
  package func expectEnd() throws(BERError) {
    guard isAtEnd else { throw BERError(.trailingBytes, "\(buffer.readableBytes) octets too many in an element") }
  }
}

extension BERReader {
  /// The content of `octets` when they are exactly one element, else nil.
  static func contentOfOnlyElement(_ octets: [UInt8]) -> [UInt8]? {
    var reader = BERReader(ByteBuffer(bytes: octets), depthMax: 1)
    guard let element = try? reader.readElement(), reader.isAtEnd else { return nil }
    return Array(element.content.readableBytesView)
  }
}
