import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import STUN

/// A server on loopback, whose manners a test chooses.
private final class ServerHandler: ChannelInboundHandler, Sendable {
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  private let manner: @Sendable (_ request: Int, _ id: TransactionID, _ asker: TransportAddress) -> [UInt8]?
  private let count = Mutex(0)

  init(_ manner: @escaping @Sendable (Int, TransactionID, TransportAddress) -> [UInt8]?) { self.manner = manner }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let envelope = unwrapInboundIn(data)
    let number = count.withLock { count in
      count += 1
      return count
    }
    guard let id = TransactionID(Array(envelope.data.readableBytesView.suffix(12))),
      let asker = TransportAddress(envelope.remoteAddress), let answer = manner(number, id, asker)
    else { return }
    let reply = AddressedEnvelope(remoteAddress: envelope.remoteAddress, data: ByteBuffer(bytes: answer))
    context.writeAndFlush(NIOAny(reply), promise: nil)
  }
}

@Suite("The STUN client", .timeLimit(.minutes(1)))
struct STUNClientTests {
  private func asking<Result: Sendable>(
    _ manner: @escaping @Sendable (Int, TransactionID, TransportAddress) -> [UInt8]?,
    _ body: (STUNClient.Server) async throws -> Result
  ) async throws -> Result {
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { $0.pipeline.addHandler(ServerHandler(manner)) }
      .bind(host: "127.0.0.1", port: 0).get()
    defer { channel.close(promise: nil) }
    return try await body(.init(host: "localhost", port: UInt16(try #require(channel.localAddress?.port))))
  }

  @Test func learnsItsAddressAlthoughDatagramsAreLost() async throws {
    let address = try await asking({ number, id, asker in
      number < 2 ? nil : ServerMessage.answer(id, [(0x0020, ServerMessage.masked(asker, id))])
    }) { try await STUNClient().address(from: $0, family: .ipv4) }
    #expect(address.host == "127.0.0.1")
  }

  @Test func tellsRefusalsAndSilence() async throws {
    await #expect(throws: STUNClient.Failure.self) {
      try await asking({ _, id, _ in ServerMessage.refusal(id, [(0x0009, [0, 0, 5, 0])]) }) {
        try await STUNClient().address(from: $0, family: .ipv4)
      }
    }
    let silence = await #expect(throws: STUNClient.Failure.self) {
      try await asking({ _, _, _ in nil }) {
        try await STUNClient().address(from: $0, family: .ipv4, timeout: .milliseconds(300))
      }
    }
    #expect(silence?.description.contains("does not answer") == true)
  }

  @Test func namesThatLeadNowhereAreTold() async throws {
    let failure = await #expect(throws: STUNClient.Failure.self) {
      try await STUNClient().address(from: .init(host: "127.0.0.1"), family: .ipv6, timeout: .seconds(5))
    }
    #expect(failure?.description == "the name 127.0.0.1 leads to no IPv6 address")
  }

  @Test func stopsAtOnceWhenCancelled() async throws {
    let started = ContinuousClock.now
    try await asking({ _, _, _ in nil }) { server in
      let question = Task { try await STUNClient().address(from: server, family: .ipv4, timeout: .seconds(30)) }
      question.cancel()
      let result = await question.result
      #expect(throws: CancellationError.self) { try result.get() }
    }
    #expect(ContinuousClock.now - started < .seconds(10))
  }

  @Test func readsServersAsPeopleWriteThem() {
    #expect(STUNClient.Server("stun.plant.example")?.description == "stun.plant.example:3478")
    #expect(STUNClient.Server("stun.plant.example:443")?.description == "stun.plant.example:443")
    #expect(STUNClient.Server("[2001:db8::1]:3479")?.description == "[2001:db8::1]:3479")
    for text in ["", ":3478", "host:", "host:0", "host:70000", "[::1", "[::1]x"] {
      #expect(STUNClient.Server(text) == nil, "\(text)")
    }
  }
}
