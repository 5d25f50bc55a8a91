import LDAPProtocol
import NIOCore
import NIOTestUtils
import Testing

@Suite struct FrameDecoderTests {
  /// A request as another implementation (libldap 2.5) writes it: search of the root DSE, message 2.
  private static let rootDSESearch: [UInt8] = [
    0x30, 0x25, 0x02, 0x01, 0x02, 0x63, 0x20, 0x04, 0x00, 0x0A, 0x01, 0x00, 0x0A, 0x01, 0x00, 0x02, 0x01, 0x00,
    0x02, 0x01, 0x00, 0x01, 0x01, 0x00, 0x87, 0x0B, 0x6F, 0x62, 0x6A, 0x65, 0x63, 0x74, 0x43, 0x6C, 0x61, 0x73,
    0x73, 0x30, 0x00,
  ]

  @Test func decodesWholeDrippedAndJoinedMessages() throws {
    let unbind: [UInt8] = [0x30, 0x05, 0x02, 0x01, 0x03, 0x42, 0x00]
    let search = LDAPMessage(messageID: 2, .searchRequest(.init(base: "", scope: .base)))
    try ByteToMessageDecoderVerifier.verifyDecoder(
      inputOutputPairs: [
        (ByteBuffer(bytes: Self.rootDSESearch), [search]),
        (ByteBuffer(bytes: unbind), [LDAPMessage(messageID: 3, .unbindRequest)]),
      ]
    ) { LDAPFrameDecoder(messageByteCountMax: 1 << 20) }
  }

  @Test func refusesAMessageThatIsTooLongBeforeItArrives() {
    var decoder = LDAPFrameDecoder(messageByteCountMax: 1000)
    var buffer = ByteBuffer(bytes: [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF])
    let error = #expect(throws: BERError.self) { try decoder.decode(buffer: &buffer) }
    #expect(error?.code == .lengthTooLarge)
  }

  @Test(
    arguments: [
      ([0x30, 0x80, 0x02, 0x01, 0x01], BERError.Code.indefiniteLength),
      ([0x30, 0x85, 1, 1, 1, 1, 1], .lengthTooLarge),
      ([0x31, 0x00], .unexpectedTag),
      ([0x30, 0x00], .truncated),
      ([0x30, 0x05, 0x02, 0x01, 0xFF, 0x42, 0x00], .invalidValue),
      ([0x30, 0x05, 0x02, 0x01, 0x01, 0x5F, 0x00], .unexpectedTag),
      ([0x30, 0x05, 0x02, 0x01, 0x01, 0x42, 0x05], .truncated),
      ([0x30, 0x07, 0x02, 0x01, 0x01, 0x42, 0x00, 0x05, 0x00], .trailingBytes),
      ([0x30, 0x06, 0x02, 0x01, 0x01, 0x4A, 0x01, 0xFF], .invalidValue),
    ] as [([UInt8], BERError.Code)]
  )
  func refusesMalformedMessages(bytes: [UInt8], code: BERError.Code) {
    var decoder = LDAPFrameDecoder(messageByteCountMax: 1000)
    var buffer = ByteBuffer(bytes: bytes)
    let error = #expect(throws: BERError.self) { try decoder.decode(buffer: &buffer) }
    #expect(error?.code == code)
  }

  @Test func acceptsLengthsThatAreNotMinimal() throws {
    var decoder = LDAPFrameDecoder(messageByteCountMax: 1000)
    var buffer = ByteBuffer(bytes: [0x30, 0x84, 0, 0, 0, 6, 0x02, 0x81, 0x01, 0x01, 0x42, 0x00])
    #expect(try decoder.decode(buffer: &buffer) == LDAPMessage(messageID: 1, .unbindRequest))
  }

  @Test func refusesFiltersNestedTooDeeply() {
    var filter = LDAPFilter.present(attribute: "cn")
    for _ in 0..<100 { filter = .not(filter) }
    let message = LDAPMessage(messageID: 1, .searchRequest(.init(base: "", scope: .base, filter: filter)))
    let error = #expect(throws: BERError.self) { try LDAPMessage(decoding: message.encoded()) }
    #expect(error?.code == .tooDeep)
  }

  @Test func mutatedMessagesNeverDoMoreThanThrow() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = Self.rootDSESearch
      for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255) }
      var decoder = LDAPFrameDecoder(messageByteCountMax: 1000)
      var buffer = ByteBuffer(bytes: bytes)
      guard let message = try? decoder.decode(buffer: &buffer) else { continue }
      #expect((try? LDAPMessage(decoding: message.encoded())) == message)
    }
  }
}
