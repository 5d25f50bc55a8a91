import LDAPProtocol
import NIOCore
import Testing

@Suite("What is written in BER")
struct BERWriterTests {
  private static func bytes(_ body: (inout BERWriter) -> Void) -> [UInt8] {
    var writer = BERWriter()
    body(&writer)
    return Array(writer.buffer.readableBytesView)
  }

  @Test(
    "integers have as few octets as their value allows (X.690, 8.3)",
    arguments: [
      (0, [0x00]), (1, [0x01]), (127, [0x7F]), (128, [0x00, 0x80]), (255, [0x00, 0xFF]), (256, [0x01, 0x00]),
      (32_767, [0x7F, 0xFF]), (32_768, [0x00, 0x80, 0x00]), (8_388_608, [0x00, 0x80, 0x00, 0x00]),
      (.max, [0x7F, 0xFF, 0xFF, 0xFF]), (-1, [0xFF]), (-128, [0x80]), (-129, [0xFF, 0x7F]), (-32_768, [0x80, 0x00]),
      (.min, [0x80, 0x00, 0x00, 0x00]),
    ] as [(Int32, [UInt8])]
  )
  func integers(value: Int32, octets: [UInt8]) throws {
    let written = Self.bytes { $0.integer(value) }
    #expect(written == [0x02, UInt8(octets.count)] + octets)
    var reader = BERReader(ByteBuffer(bytes: written), depthMax: 1)
    #expect(try reader.readInteger() == value)
  }

  @Test("content that outgrows the length reserved for it moves up whole", arguments: [0, 127, 128, 255, 256, 70_000])
  func lengths(count: Int) throws {
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let written = Self.bytes { writer in
      writer.constructed(.sequence) { writer in
        writer.constructed(.set) { $0.octets(content) }
        writer.integer(7)
      }
    }
    var outer = BERReader(ByteBuffer(bytes: written), depthMax: 3)
    var sequence = try outer.readConstructed(.sequence)
    try outer.expectEnd()
    var set = try sequence.readConstructed(.set)
    #expect(try set.readOctets() == content)
    try set.expectEnd()
    #expect(try sequence.readInteger() == 7)
    try sequence.expectEnd()
  }
}
