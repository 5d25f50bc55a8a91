import PortControl
import Testing
import UPnP

@Suite("What a router is known to hold")
struct MappingBookTests {
  private static func request(
    _ port: UInt16 = 8443,
    internalPort: UInt16 = 443,
    _ transport: TransportProtocol = .tcp
  ) throws -> PortMappingRequest {
    try PortMappingRequest(
      key: PortMappingKey(transport, port),
      client: IPv4Address(rawValue: 0xC0A8_4D0A),
      internalPort: internalPort,
      label: "rhz-test",
      lease: 600
    )
  }

  private static func book(_ rule: EpochTracker.Rule = .pcp) throws -> MappingBook {
    var book = MappingBook(rule)
    book.heard(epoch: 1000, at: .seconds(50))
    book.granted(try request(), lifetime: 600, at: .seconds(50))
    return book
  }

  @Test func tellsAMappingWhileItsLeaseRuns() throws {
    let book = try Self.book()
    let wish = try Self.request()
    let entry = try #require(book.mapping(wish.key, at: .milliseconds(50_100)))
    #expect(entry.forwards(as: wish) && entry.label == "rhz-test" && entry.isEnabled)
    #expect(entry.remainingLease == 600)
    #expect(book.mapping(wish.key, at: .milliseconds(649_999))?.remainingLease == 1)
    #expect(book.mapping(wish.key, at: .seconds(650)) == nil)
    #expect(book.mappings(at: .seconds(650)).isEmpty)
  }

  @Test(arguments: [EpochTracker.Rule.natPMP, .pcp])
  func aRestartedRouterHasLostItAll(rule: EpochTracker.Rule) throws {
    var book = try Self.book(rule)
    let first = book.heard(epoch: 1010, at: .seconds(60))
    #expect(!first)
    #expect(book.mappings(at: .seconds(60)).count == 1)
    let second = book.heard(epoch: 3, at: .seconds(70))
    #expect(second)
    #expect(book.mappings(at: .seconds(70)).isEmpty)
    let third = book.heard(epoch: 8, at: .seconds(75))
    #expect(!third)
  }

  /// Whether the second of two epochs tells of a loss.
  private func isLoss(_ rule: EpochTracker.Rule, here: Int, there: Int) -> Bool {
    var tracker = EpochTracker(rule)
    _ = tracker.observe(1000, at: .seconds(10))
    return tracker.observe(UInt32(1000 + there), at: .seconds(10 + here))
  }

  /// RFC 6886 section 3.6: seven eighths of our own time, less two seconds.
  @Test(arguments: [(0, 0, false), (80, 68, false), (80, 67, true), (80, 500, false), (3600, 3148, false)])
  func natPMPEpochsMayRunSlow(here: Int, there: Int, isLost: Bool) {
    #expect(isLoss(.natPMP, here: here, there: there) == isLost)
  }

  /// RFC 6887 section 8.5: back by one second at most, and a sixteenth and two seconds either way.
  @Test(arguments: [
    (0, -1, false), (0, -2, true), (0, 2, false), (0, 3, true), (160, 148, false), (160, 147, true), (160, 172, false),
    (160, 173, true),
  ])
  func pcpEpochsMayRunSlowOrFast(here: Int, there: Int, isLost: Bool) {
    #expect(isLoss(.pcp, here: here, there: there) == isLost)
  }

  @Test func extremeEpochsDoNotTrap() {
    for rule in [EpochTracker.Rule.natPMP, .pcp] {
      var tracker = EpochTracker(rule)
      for epoch in [0, .max, 0, .max - 1, 5] as [UInt32] { _ = tracker.observe(epoch, at: .seconds(1)) }
    }
  }

  @Test func aSecondPublicPortForOnePortOfTheMachineIsARival() throws {
    let book = try Self.book()
    #expect(book.rival(of: try Self.request(9443), at: .seconds(60)) == PortMappingKey(.tcp, 8443))
    #expect(book.rival(of: try Self.request(), at: .seconds(60)) == nil)
    #expect(book.rival(of: try Self.request(9443, internalPort: 80), at: .seconds(60)) == nil)
    #expect(book.rival(of: try Self.request(9443, .udp), at: .seconds(60)) == nil)
    #expect(book.rival(of: try Self.request(9443), at: .seconds(700)) == nil)
  }

  @Test func theAddressIsHeardAgainWithTheMappingThatEndsFirst() throws {
    var book = try Self.book()
    book.granted(try Self.request(80, internalPort: 80), lifetime: 300, at: .seconds(60))
    #expect(book.mappingThatTellsAddress(at: .seconds(60))?.key == PortMappingKey(.tcp, 80))
    book.learned(externalAddress: IPv4Address(rawValue: 0x0B00_0002), at: .seconds(60))
    #expect(book.mappingThatTellsAddress(at: .seconds(119)) == nil)
    #expect(book.mappingThatTellsAddress(at: .seconds(120))?.key == PortMappingKey(.tcp, 80))
    #expect(book.mappingThatTellsAddress(at: .seconds(400))?.key == PortMappingKey(.tcp, 8443))
    #expect(book.mappingThatTellsAddress(at: .seconds(700)) == nil)
  }

  /// From records: enough to remove it, and no claim that it is there.
  @Test func aRecalledMappingCanBeRemovedButIsNotShown() throws {
    var book = MappingBook(.pcp)
    let wish = try Self.request()
    book.recall(wish)
    #expect(book.mapping(wish.key, at: .zero) == nil)
    #expect(book.request(wish.key) == wish)
    book.removed(wish.key)
    #expect(book.request(wish.key) == nil)
  }
}
