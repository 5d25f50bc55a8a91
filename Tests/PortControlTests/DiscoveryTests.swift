import PortControl
import Testing
import UPnP

@Suite("Which protocol a router speaks")
struct DiscoveryTests {
  private static let address = IPv4Address(rawValue: 0x0B00_0002)
  private static let natPMP = NATPMPResponse(.externalAddress(address), epoch: 9).encoded
  private static let pcp = PCPResponse(opcode: .announce, lifetime: 0, epoch: 9).encoded

  /// Holds the conversation with a router that answers each datagram by `answer`, without delay.
  private func discover(
    _ protocols: ControlDiscovery.Protocols = [.pcp, .natPMP],
    from source: ControlEndpoint = ConversationTests.router,
    _ answer: ([UInt8]) -> [UInt8]?
  ) -> (finding: ControlDiscovery.Finding, after: Duration) {
    var now = Duration.zero
    var discovery = ControlDiscovery(
      protocols,
      of: ConversationTests.router,
      client: ConversationTests.client,
      at: now,
      deadline: .seconds(2)
    )
    while true {
      switch discovery.directive(at: now, jitter: 0) {
      case .send(let bytes):
        if let answer = answer(bytes) { discovery.received(answer, from: source, at: now) }
      case .wait(let next): now = next
      case .end(let finding): return (finding, now)
      }
    }
  }

  @Test func pcpIsPreferred() {
    let (finding, after) = discover { $0[0] == 0 ? Self.natPMP : Self.pcp }
    #expect(finding.method == .pcp)
    #expect(finding.natPMP?.content == .externalAddress(Self.address))
    #expect(finding.isConnected)
    #expect(after == .zero)
  }

  /// A router of NAT-PMP alone refuses version 2 (RFC 6887 appendix A), so nothing has to be waited for.
  @Test(arguments: [0, 128] as [UInt8])
  func aNATPMPRouterIsKnownByItsRefusal(opcode: UInt8) {
    let (finding, after) = discover { $0[0] == 0 ? Self.natPMP : [0, opcode, 0, 1, 0, 0, 0, 9] }
    #expect(finding.method == .natPMP)
    #expect(after == .zero)
  }

  @Test func aNATPMPRouterThatIsSilentToVersionTwoIsSettledSoon() {
    let (finding, after) = discover { $0[0] == 0 ? Self.natPMP : nil }
    #expect(finding.method == .natPMP)
    #expect(after == .milliseconds(750))
  }

  /// NAT-PMP is only waited for until the next question: it would tell the public address.
  @Test func aPCPRouterNeedsNoNATPMP() {
    let (finding, after) = discover { $0[0] == 0 ? nil : Self.pcp }
    #expect(finding.method == .pcp)
    #expect(finding.natPMP == nil && finding.isConnected)
    #expect(after == .milliseconds(250))
  }

  /// One that refuses version 0 in the form of version 2, and loses the first announcement.
  @Test func aPCPRouterThatRefusesNATPMPIsWaitedFor() {
    var announcements = 0
    let (finding, _) = discover {
      if $0[0] == 0 {
        return PCPResponse(opcode: .announce, result: .unsupportedVersion, lifetime: 0, epoch: 9).encoded
      }
      announcements += 1
      return announcements > 1 ? Self.pcp : nil
    }
    #expect(finding.method == .pcp)
  }

  /// An announcement it does not know, or may not be sent, is PCP all the same.
  @Test(arguments: [PCPResult.unsupportedOpcode, .notAuthorized, .networkFailure])
  func aRefusalInPCPIsPCP(result: PCPResult) {
    let refusal = PCPResponse(opcode: .announce, result: result, lifetime: 60, epoch: 9).encoded
    let (finding, _) = discover { $0[0] == 0 ? nil : refusal }
    #expect(finding.method == .pcp)
    #expect(finding.isConnected == (result != .networkFailure))
  }

  @Test func silenceEndsAtTheDeadline() {
    let (finding, after) = discover { _ in nil }
    #expect(finding.method == nil)
    #expect(after == .seconds(2))
  }

  @Test func answersOfOthersAreIgnored() {
    let (finding, after) = discover(from: ConversationTests.stranger) { $0[0] == 0 ? Self.natPMP : Self.pcp }
    #expect(finding.method == nil)
    #expect(after == .seconds(2))
  }

  @Test func onlyWhatIsWantedIsAsked() {
    var asked = Set<UInt8>()
    let (finding, _) = discover(.natPMP) { bytes in
      asked.insert(bytes[0])
      return Self.natPMP
    }
    #expect(finding.method == .natPMP)
    #expect(asked == [0])
    #expect(discover([]) { _ in Self.pcp }.finding.method == nil)
  }

  @Test func whereOnlyPCPIsWantedNATPMPTellsTheAddressAndNothingElse() {
    let both = discover(.pcp) { $0[0] == 0 ? Self.natPMP : Self.pcp }
    #expect(both.finding.method == .pcp)
    #expect(both.finding.natPMP?.content == .externalAddress(Self.address))
    #expect(both.after == .zero)
    #expect(discover(.pcp) { $0[0] == 0 ? Self.natPMP : nil }.finding.method == nil)
  }

  @Test func oneWithoutAddressIsNotConnected() {
    let none = NATPMPResponse(opcode: 0, result: .networkFailure, epoch: 9).encoded
    #expect(!discover { $0[0] == 0 ? none : Self.pcp }.finding.isConnected)
    let zero = NATPMPResponse(.externalAddress(IPv4Address(rawValue: 0)), epoch: 9).encoded
    #expect(!discover(.natPMP) { _ in zero }.finding.isConnected)
  }

  @Test func aClosedPortEndsItAtOnce() {
    var discovery = ControlDiscovery(
      [.pcp, .natPMP],
      of: ConversationTests.router,
      client: ConversationTests.client,
      at: .zero,
      deadline: .seconds(2)
    )
    _ = discovery.directive(at: .zero, jitter: 0)
    _ = discovery.directive(at: .zero, jitter: 0)
    discovery.foundPortClosed(at: .zero)
    guard case .end(let finding) = discovery.directive(at: .zero, jitter: 0) else {
      Issue.record("it goes on")
      return
    }
    #expect(finding.isPortClosed && finding.method == nil)
  }
}
