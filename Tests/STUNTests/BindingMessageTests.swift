import Testing

@testable import STUN

/// Makes what servers send.
enum ServerMessage {
  static func answer(_ id: TransactionID, _ attributes: [(UInt16, [UInt8])], type: UInt16 = 0x0101) -> [UInt8] {
    var body: [UInt8] = []
    for (type, value) in attributes {
      body += bytes(type) + bytes(UInt16(value.count)) + value
      body += [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }
    return bytes(type) + bytes(UInt16(body.count)) + [0x21, 0x12, 0xA4, 0x42] + id.bytes + body
  }

  static func refusal(_ id: TransactionID, _ attributes: [(UInt16, [UInt8])]) -> [UInt8] {
    answer(id, attributes, type: 0x0111)
  }

  static func plain(_ address: TransportAddress) -> [UInt8] {
    [0, address.family.rawValue] + bytes(address.port) + address.bytes
  }

  static func masked(_ address: TransportAddress, _ id: TransactionID) -> [UInt8] {
    let mask: [UInt8] = [0x21, 0x12, 0xA4, 0x42] + id.bytes
    return [0, address.family.rawValue] + bytes(address.port ^ 0x2112) + zip(address.bytes, mask).map { $0 ^ $1 }
  }

  static func bytes(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
}

@Suite("STUN messages")
struct BindingMessageTests {
  private let id = TransactionID((1...12).map { UInt8($0) })
  private let home = TransportAddress(.ipv4, [203, 0, 113, 9], port: 4711)

  @Test func aRequestIsTwentyBytes() throws {
    let request = BindingMessage.request(try #require(id))
    #expect(request == [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  }

  /// RFC 5769, sections 2.2 and 2.3: SOFTWARE, XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT.
  @Test func answersOfTheStandardsTestVectors() throws {
    let id = try #require(TransactionID([0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87, 0xDF, 0xAE]))
    let software = Array("test vector".utf8) + [0x20]
    let four = ServerMessage.answer(
      id,
      [
        (0x8022, Array(software.dropLast())), (0x0020, [0x00, 0x01, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43]),
        (0x0008, [UInt8](repeating: 7, count: 20)), (0x8028, [0xC0, 0x7D, 0x4C, 0x96]),
      ]
    )
    #expect(
      try BindingMessage.answer(four).answer
        == .address(try #require(TransportAddress(.ipv4, [192, 0, 2, 1], port: 32853)))
    )
    let masked: [UInt8] = [
      0x00, 0x02, 0xA1, 0x47, 0x01, 0x13, 0xA9, 0xFA, 0xA5, 0xD3, 0xF1, 0x79, 0xBC, 0x25, 0xF4, 0xB5, 0xBE, 0xD2, 0xB9,
      0xD9,
    ]
    guard case .address(let six) = try BindingMessage.answer(ServerMessage.answer(id, [(0x0020, masked)])).answer else {
      Issue.record("no address")
      return
    }
    #expect(six.description == "[2001:db8:1234:5678:11:2233:4455:6677]:32853")
  }

  @Test func theMaskedAddressWinsAndThePlainOneServes() throws {
    let (id, home) = (try #require(id), try #require(home))
    let rewritten = try #require(TransportAddress(.ipv4, [10, 0, 0, 1], port: 1))
    // Some routers rewrite the plain address on its way; that is what the mask is for.
    let both = ServerMessage.answer(
      id,
      [(0x0001, ServerMessage.plain(rewritten)), (0x0020, ServerMessage.masked(home, id))]
    )
    #expect(try BindingMessage.answer(both).answer == .address(home))
    let old = ServerMessage.answer(id, [(0x0001, ServerMessage.plain(home)), (0x0005, ServerMessage.plain(rewritten))])
    #expect(try BindingMessage.answer(old).answer == .address(home))
  }

  @Test func refusalsAreTold() throws {
    let refusal = ServerMessage.refusal(try #require(id), [(0x0009, [0, 0, 4, 1] + Array("Un\u{1B}auth".utf8))])
    #expect(try BindingMessage.answer(refusal).answer == .refused(code: 401, reason: "Un?auth"))
  }

  @Test func malformedAnswersAreRefused() throws {
    let (id, home) = (try #require(id), try #require(home))
    let good = ServerMessage.answer(id, [(0x0020, ServerMessage.masked(home, id))])
    func fails(_ bytes: [UInt8], _ problem: BindingMessage.Malformed, _ comment: Comment) {
      #expect(throws: problem, comment) { try BindingMessage.answer(bytes) }
    }
    fails([], .notSTUN, "empty")
    fails(Array(good.dropLast()), .truncated, "short of a byte")
    fails(good + [0, 0, 0, 0], .truncated, "longer than it says")
    var bytes = good
    bytes[4] = 0
    fails(bytes, .notSTUN, "no cookie")
    fails(BindingMessage.request(id), .notAnAnswer, "a request")
    fails(ServerMessage.answer(id, []), .noAddress, "nothing in it")
    fails(ServerMessage.answer(id, [(0x0020, [0, 3, 0, 0, 1, 2, 3, 4])]), .badAddress, "no such family")
    fails(ServerMessage.answer(id, [(0x0020, [0, 2, 0, 0, 1, 2, 3, 4])]), .badAddress, "IPv6 in four bytes")
    fails(ServerMessage.answer(id, [(0x0020, [0, 1])]), .badAddress, "too short")
    fails(ServerMessage.answer(id, [(0x7777, [])]), .mandatoryAttribute(0x7777), "must be understood, and is not")
    fails(ServerMessage.refusal(id, []), .badErrorCode, "a refusal without a code")
    fails(ServerMessage.refusal(id, [(0x0009, [0, 0, 7, 0])]), .badErrorCode, "700")
    var long = good
    long[23] = 200
    fails(long, .truncated, "an attribute beyond the end")
    fails(ServerMessage.answer(id, [(0x8022, [UInt8](repeating: 65, count: 1_300))]), .notSTUN, "too long")
  }

  /// Whatever comes, it is read or refused, and never trapped over.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func randomBytesNeverTrap(_ seed: UInt64) throws {
    var dice = SeededDice(seed)
    let (id, home) = (try #require(id), try #require(home))
    let good = ServerMessage.answer(id, [(0x8022, [1, 2, 3]), (0x0020, ServerMessage.masked(home, id))])
    for _ in 0..<5_000 {
      var bytes = Bool.random(using: &dice) ? good : (0..<Int.random(in: 0...64, using: &dice)).map { _ in 0 }
      for _ in 0..<Int.random(in: 1...6, using: &dice) where !bytes.isEmpty {
        bytes[Int.random(in: bytes.indices, using: &dice)] = UInt8.random(in: .min ... .max, using: &dice)
      }
      if Int.random(in: 0..<4, using: &dice) == 0 { bytes = Array(bytes.prefix(Int.random(in: 0...40, using: &dice))) }
      _ = try? BindingMessage.answer(bytes)
    }
  }
}

/// SplitMix64: the same numbers each time.
struct SeededDice: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite("Addresses as STUN has them")
struct TransportAddressTests {
  @Test(arguments: [
    ([UInt8](repeating: 0, count: 16), "::"),
    ([0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], "2001:db8::1"),
    ([0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], "1:0:0:1::1"),
    ([0, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1], "1:0:1:1:1:1:1:1"),
    ([0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "1:1::"),
  ])
  func areWrittenTheUsualWay(_ bytes: [UInt8], _ text: String) throws {
    #expect(try #require(TransportAddress(.ipv6, bytes, port: 1)).host == text)
  }
}
