import PortControl
import Testing
import UPnP

@Suite("The messages of NAT-PMP and PCP")
struct CodecTests {
  /// RFC 6886 section 3.3: version 0, opcode 2 (TCP), reserved, ports and lifetime.
  @Test func aNATPMPMappingRequestIsTwelveBytes() {
    let request = NATPMPRequest.map(
      NATPMPMapping(transport: .tcp, internalPort: 443, externalPort: 8443, lifetime: 7200)
    )
    #expect(request.encoded == [0, 2, 0, 0, 0x01, 0xBB, 0x20, 0xFB, 0, 0, 0x1C, 0x20])
    #expect(NATPMPRequest.externalAddress.encoded == [0, 0])
  }

  /// RFC 6886 section 3.2.
  @Test func aNATPMPAddressAnswerIsRead() throws {
    let answer = try NATPMPResponse(decoding: [0, 128, 0, 0, 0, 0, 1, 0, 11, 0, 0, 2])
    #expect(answer.content == .externalAddress(try #require(IPv4Address("11.0.0.2"))))
    #expect(answer.epoch == 256)
  }

  @Test(
    arguments: [
      [], [0], [0, 128, 0, 0, 0, 0, 0], [0, 128, 0, 0, 0, 0, 0, 1, 11, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1, 11, 0, 0, 2],
      [0, 128, 0, 0, 0, 0, 0, 1, 11, 0, 0, 2, 0], [1, 128, 0, 0, 0, 0, 0, 1, 11, 0, 0, 2],
      [0, 131, 0, 0, 0, 0, 0, 1, 11, 0, 0, 2],
    ] as [[UInt8]]
  )
  func brokenNATPMPAnswersAreRefused(bytes: [UInt8]) {
    #expect(throws: MalformedMessage.self) { try NATPMPResponse(decoding: bytes) }
  }

  /// RFC 6886 section 9: a router of another version answers in eight bytes, whatever the opcode.
  @Test(arguments: [0, 128, 129] as [UInt8])
  func aRefusedVersionIsUnderstood(opcode: UInt8) throws {
    let answer = try ControlAnswer(decoding: [0, opcode, 0, 1, 0, 0, 0, 9])
    #expect(answer.refusesVersion)
  }

  /// RFC 6887 sections 7.1, 11.1 and 13.2.
  @Test func aPCPMappingRequestIsLaidOutAsTheStandardSays() throws {
    let client = ControlAddress(try #require(IPv4Address("192.168.77.10")))
    let mapping = PCPMapping(
      nonce: PCPNonce(high: 0x0102_0304, low: 0x0506_0708_090A_0B0C),
      protocolNumber: 6,
      internalPort: 443,
      externalPort: 8443,
      externalAddress: .anyIPv4
    )
    let bytes = PCPRequest.map(mapping, lifetime: 7200, client: client, options: [.preferFailure]).encoded
    #expect(bytes.count == 24 + 36 + 4)
    #expect(bytes[0..<8] == [2, 1, 0, 0, 0, 0, 0x1C, 0x20])
    #expect(bytes[8..<24] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 168, 77, 10])
    #expect(bytes[24..<36] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    #expect(bytes[36..<44] == [6, 0, 0, 0, 0x01, 0xBB, 0x20, 0xFB])
    #expect(bytes[44..<60] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0])
    #expect(bytes[60...] == [2, 0, 0, 0])
  }

  @Test func optionsArePaddedAndBounded() throws {
    var message = PCPResponse(
      opcode: .announce,
      lifetime: 0,
      epoch: 7,
      options: [PCPOption(code: 200, data: [1, 2, 3, 4, 5])]
    ).encoded
    #expect(message.count == 24 + 4 + 8)
    #expect(try PCPResponse(decoding: message).options == [PCPOption(code: 200, data: [1, 2, 3, 4, 5])])
    message[27] = 255
    #expect(throws: MalformedMessage.self) { try PCPResponse(decoding: message) }
  }

  @Test(arguments: [0, 20, 23, 25, 26, 1104, 65_000])
  func noPCPMessageHasSuchALength(count: Int) {
    let bytes = ([2, 0x80, 0, 0] + [UInt8](repeating: 0, count: max(count - 4, 0))).prefix(count)
    #expect(throws: MalformedMessage.self) { try PCPResponse(decoding: Array(bytes)) }
  }

  @Test func aSuccessWithoutItsMappingIsRefusedAndARefusalWithoutItIsNot() throws {
    let header = PCPResponse(opcode: .map, lifetime: 60, epoch: 1).encoded
    #expect(throws: MalformedMessage.self) { try PCPResponse(decoding: header) }
    let refusal = PCPResponse(opcode: .map, result: .networkFailure, lifetime: 30, epoch: 1).encoded
    #expect(try PCPResponse(decoding: refusal).lifetime == 30)
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func whatIsWrittenIsReadBack(seed: UInt64) throws {
    var random = RandomMessages(seed: seed)
    for _ in 0..<500 {
      let natPMPRequest = random.natPMPRequest()
      #expect(try NATPMPRequest(decoding: natPMPRequest.encoded) == natPMPRequest)
      let natPMPResponse = random.natPMPResponse()
      #expect(try ControlAnswer(decoding: natPMPResponse.encoded) == .natPMP(natPMPResponse))
      let pcpRequest = random.pcpRequest()
      #expect(try PCPRequest(decoding: pcpRequest.encoded) == pcpRequest)
      let pcpResponse = random.pcpResponse()
      #expect(try ControlAnswer(decoding: pcpResponse.encoded) == .pcp(pcpResponse))
    }
  }

  /// Cut and changed messages are read or refused; none traps.
  @Test(arguments: 11...14 as ClosedRange<UInt64>)
  func damagedMessagesAreReadOrRefused(seed: UInt64) {
    var random = RandomMessages(seed: seed)
    for _ in 0..<500 {
      var bytes = Bool.random(using: &random.generator) ? random.pcpResponse().encoded : random.natPMPResponse().encoded
      bytes = Array(bytes.prefix(random.count(bytes.count)))
      for _ in 0..<random.count(3) where !bytes.isEmpty { bytes[random.count(bytes.count - 1)] = random.number() }
      _ = try? ControlAnswer(decoding: bytes)
      _ = try? PCPRequest(decoding: bytes)
      _ = try? NATPMPRequest(decoding: bytes)
    }
  }

  @Test func addressesSayWhatTheyAre() throws {
    let mapped = ControlAddress(try #require(IPv4Address("11.0.0.2")))
    #expect(mapped.ipv4?.description == "11.0.0.2")
    #expect(mapped.description == "11.0.0.2")
    let global = ControlAddress(high: 0x2001_0DB8_0000_0001, low: 0x10)
    #expect(global.ipv4 == nil)
    #expect(global.description == "2001:db8:0:1:0:0:0:10")
    #expect(ControlAddress(high: 0xFE80 << 48, low: 1).isLinkLocal)
    #expect(!global.isLinkLocal && !global.isUnspecified && ControlAddress.anyIPv4.isUnspecified)
  }
}
