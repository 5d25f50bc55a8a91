import PortControl
import Testing
import UPnP

@Suite("Conversations with a router")
struct ConversationTests {
  static let router = ControlEndpoint(ControlAddress(IPv4Address(rawValue: 0xC0A8_4D01)))
  static let stranger = ControlEndpoint(ControlAddress(IPv4Address(rawValue: 0xC0A8_4D0B)))
  static let client = ControlAddress(IPv4Address(rawValue: 0xC0A8_4D0A))
  static let nonce = PCPNonce(high: 1, low: 2)

  static func mapping(nonce: PCPNonce = nonce, internalPort: UInt16 = 443, externalPort: UInt16 = 8443) -> PCPMapping {
    PCPMapping(
      nonce: nonce,
      protocolNumber: 6,
      internalPort: internalPort,
      externalPort: externalPort,
      externalAddress: .anyIPv4
    )
  }

  static let pcpRequest = ControlRequest.pcp(.map(mapping(), lifetime: 600, client: client, options: [.preferFailure]))
  static let natPMPWish = NATPMPMapping(transport: .tcp, internalPort: 443, externalPort: 8443, lifetime: 600)
  static let natPMPRequest = ControlRequest.natPMP(.map(natPMPWish))

  /// When a conversation that nobody answers sends, and when it ends, with time running as it asks for.
  private func timeline<Conversation: ControlConversation>(
    _ conversation: Conversation,
    jitter: Double = 0
  ) -> (sendings: [Duration], end: Duration, outcome: Conversation.Outcome) {
    var (conversation, now, sendings) = (conversation, Duration.zero, [Duration]())
    while true {
      switch conversation.directive(at: now, jitter: jitter) {
      case .send: sendings.append(now)
      case .wait(let next): now = next
      case .end(let outcome): return (sendings, now, outcome)
      }
    }
  }

  private func exchange(_ request: ControlRequest, deadline: Duration = .seconds(300)) -> ControlExchange {
    ControlExchange(request, to: Self.router, at: .zero, deadline: deadline)
  }

  /// RFC 6886 section 3.1.
  @Test func natPMPIsSentNineTimesWithDoublingPauses() {
    let silence = timeline(exchange(Self.natPMPRequest))
    #expect(silence.sendings == (0..<9).map { .milliseconds(250) * ((1 << $0) - 1) })
    #expect(silence.end == .milliseconds(250) * 511)
    #expect(silence.outcome == .silent)
  }

  /// RFC 6887 section 8.1.1: three seconds and doubling, a tenth more or less by chance.
  @Test(arguments: [(0, 3), (1, 3.3), (-1, 2.7), (9, 3.3)] as [(Double, Double)])
  func pcpStartsWithThreeSecondsGiveOrTakeATenth(jitter: Double, first: Double) {
    let silence = timeline(exchange(Self.pcpRequest, deadline: .seconds(30)), jitter: jitter)
    #expect(silence.sendings.count >= 3)
    #expect(abs(silence.sendings[1] / .seconds(1) - first) < 0.001)
    #expect(silence.sendings[2] > silence.sendings[1] * 2.6)
    #expect(silence.end == .seconds(30))
  }

  @Test func theDeadlineEndsIt() {
    let silence = timeline(exchange(Self.natPMPRequest, deadline: .seconds(2)))
    #expect(silence.end == .seconds(2))
    #expect(silence.sendings.count == 4)
  }

  /// Tells an exchange one answer, and says whether it took it for its own.
  private func takes(
    _ request: ControlRequest,
    _ answer: [UInt8],
    from source: ControlEndpoint = router
  ) -> Bool {
    var exchange = exchange(request)
    _ = exchange.directive(at: .zero, jitter: 0)
    exchange.received(answer, from: source, at: .milliseconds(5))
    if case .end(.answered) = exchange.directive(at: .milliseconds(5), jitter: 0) { return true }
    return false
  }

  private func pcpAnswer(_ mapping: PCPMapping?, _ result: PCPResult = .success) -> [UInt8] {
    PCPResponse(opcode: .map, result: result, lifetime: 600, epoch: 9, mapping: mapping).encoded
  }

  @Test func answersOfOthersAreIgnored() {
    let answer = pcpAnswer(Self.mapping())
    #expect(takes(Self.pcpRequest, answer))
    #expect(!takes(Self.pcpRequest, answer, from: Self.stranger))
    #expect(!takes(Self.pcpRequest, answer, from: ControlEndpoint(Self.router.address, port: 5350)))
  }

  @Test func pcpAnswersMustRepeatNonceProtocolAndPort() {
    #expect(!takes(Self.pcpRequest, pcpAnswer(Self.mapping(nonce: PCPNonce(high: 1, low: 3)))))
    #expect(!takes(Self.pcpRequest, pcpAnswer(Self.mapping(internalPort: 80))))
    #expect(!takes(Self.pcpRequest, PCPResponse(opcode: .announce, lifetime: 0, epoch: 9).encoded))
    #expect(takes(Self.pcpRequest, pcpAnswer(Self.mapping(externalPort: 1))))
    #expect(takes(Self.pcpRequest, pcpAnswer(nil, .networkFailure)))
    #expect(!takes(Self.pcpRequest, pcpAnswer(Self.mapping(nonce: PCPNonce(high: 0, low: 0)), .networkFailure)))
  }

  @Test func anAnswerForAnotherMachineIsIgnored() {
    let thirdParty = PCPOption(code: PCPOption.thirdPartyCode, data: Self.stranger.address.bytes)
    let answer = PCPResponse(
      opcode: .map,
      lifetime: 600,
      epoch: 9,
      mapping: Self.mapping(),
      options: [thirdParty]
    )
    #expect(!takes(Self.pcpRequest, answer.encoded))
  }

  @Test func natPMPAnswersMustRepeatOpcodeAndPort() {
    func answer(_ transport: TransportProtocol, _ port: UInt16) -> [UInt8] {
      let mapping = NATPMPMapping(transport: transport, internalPort: port, externalPort: 8443, lifetime: 600)
      return NATPMPResponse(.mapping(mapping), epoch: 9).encoded
    }
    #expect(takes(Self.natPMPRequest, answer(.tcp, 443)))
    #expect(!takes(Self.natPMPRequest, answer(.udp, 443)))
    #expect(!takes(Self.natPMPRequest, answer(.tcp, 80)))
    #expect(!takes(Self.natPMPRequest, NATPMPResponse(.externalAddress(IPv4Address(rawValue: 1)), epoch: 9).encoded))
    #expect(takes(Self.natPMPRequest, NATPMPResponse(opcode: 2, result: .notAuthorized, epoch: 9).encoded))
  }

  /// RFC 6887 section 9: both ways of not speaking the version end the exchange at once.
  @Test func aRefusedVersionEndsIt() {
    #expect(takes(Self.pcpRequest, [0, 129, 0, 1, 0, 0, 0, 9]))
    #expect(
      takes(Self.pcpRequest, PCPResponse(opcode: .map, result: .unsupportedVersion, lifetime: 0, epoch: 0).encoded)
    )
    #expect(
      takes(Self.natPMPRequest, PCPResponse(opcode: .map, result: .unsupportedVersion, lifetime: 0, epoch: 0).encoded)
    )
    #expect(takes(Self.pcpRequest, [1, 129, 0, 1]))
    #expect(!takes(Self.pcpRequest, NATPMPResponse(.mapping(Self.natPMPWish), epoch: 9).encoded))
  }

  @Test func aClosedPortIsOnlyToldAtTheEnd() {
    var exchange = exchange(Self.natPMPRequest, deadline: .seconds(1))
    _ = exchange.directive(at: .zero, jitter: 0)
    exchange.foundPortClosed(at: .zero)
    #expect(exchange.directive(at: .milliseconds(1), jitter: 0) == .wait(until: .milliseconds(250)))
    #expect(exchange.directive(at: .seconds(1), jitter: 0) == .end(.portClosed))
  }
}
