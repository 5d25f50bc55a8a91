/// Why bytes are not a message of these protocols. Nothing more is ever done with such bytes than to drop them.
package struct MalformedMessage: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// Reads numbers in network byte order from the front of a datagram, and never past its end.
struct WireReader {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: some Sequence<UInt8>) { self.bytes = ArraySlice(bytes) }

  /// How many bytes are left.
  var remaining: Int { bytes.count }

  /// - Throws: `MalformedMessage` when fewer bytes are left than the number has.
  mutating func read<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(MalformedMessage) -> Number {
    let size = Number.bitWidth / 8
    guard bytes.count >= size else { throw MalformedMessage("the message ends in the middle of a field") }
    defer { bytes = bytes.dropFirst(size) }
    return bytes.prefix(size).reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
  }

  /// - Throws: `MalformedMessage` when fewer than `count` bytes are left.
  mutating func take(_ count: Int) throws(MalformedMessage) -> [UInt8] {
    guard bytes.count >= count else { throw MalformedMessage("the message ends in the middle of a field") }
    defer { bytes = bytes.dropFirst(count) }
    return Array(bytes.prefix(count))
  }
}

extension [UInt8] {
  /// Appends a number in network byte order.
  mutating func append(number: some FixedWidthInteger & UnsignedInteger) {
    for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }
}
