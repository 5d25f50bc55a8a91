import DirectoryServer
import DirectoryTestSupport
import LDAPClient
import LDAPProtocol
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycleTestKit
import Testing

/// The server as a network service: limits, bad input, many clients, stopping.
@Suite struct ServerTests {
  /// Opens a connection that takes raw bytes and yields messages.
  private func open(_ port: Int) async throws -> NIOAsyncChannel<LDAPMessage, ByteBuffer> {
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: "127.0.0.1", port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            ByteToMessageHandler(LDAPFrameDecoder(messageByteCountMax: 1 << 20))
          )
          return try NIOAsyncChannel<LDAPMessage, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
  }

  /// Sends raw bytes and collects what comes back until the server closes.
  /// - Parameter last: the request whose search result is waited for; the end of the connection when nil.
  private func converse(_ port: Int, _ bytes: [UInt8], until last: Int32? = nil) async throws -> [LDAPMessage] {
    try await open(port).executeThenClose { inbound, outbound in
      if !bytes.isEmpty { try await outbound.write(ByteBuffer(bytes: bytes)) }
      var messages: [LDAPMessage] = []
      for try await message in inbound {
        messages.append(message)
        if message.messageID == last, case .searchResultDone = message.operation { break }
      }
      return messages
    }
  }

  private func isNotice(_ message: LDAPMessage?, _ code: LDAPResultCode) -> Bool {
    guard case .extendedResponse(let response) = message?.operation else { return false }
    return message?.messageID == 0 && response.name == LDAPExtension.noticeOfDisconnection
      && response.result.code == code
  }

  @Test(
    arguments: [
      [0x30, 0x80, 0x02, 0x01, 0x01], [0x47, 0x45, 0x54, 0x20, 0x2F], [0x30, 0x84, 0x7F, 0xFF, 0xFF, 0xFF],
      [0x30, 0x05, 0x02, 0x01, 0x01, 0x5F, 0x00], [0x30, 0x06, 0x02, 0x01, 0x00, 0x4A, 0x01, 0x61],
      [0x30, 0x0C, 0x02, 0x01, 0x01, 0x61, 0x07, 0x0A, 0x01, 0x00, 0x04, 0x00, 0x04, 0x00],
    ] as [[UInt8]]
  )
  func badInputEndsTheConnectionWithANotice(bytes: [UInt8]) async throws {
    try await EmbeddedDirectory.with { directory in
      let messages = try await converse(directory.port, bytes)
      #expect(messages.count == 1)
      #expect(isNotice(messages.first, .protocolError))
      #expect(try await directory.connectAsManager().whoAmI() == "dn:\(EmbeddedDirectory.managerDN)")
    }
  }

  @Test func idleConnectionsAreClosed() async throws {
    try await EmbeddedDirectory.with(limits: DirectoryLimits(idleTimeout: .milliseconds(50))) { directory in
      let messages = try await converse(directory.port, [])
      #expect(isNotice(messages.first, .other))
    }
  }

  @Test func connectionsBeyondTheLimitAreRefusedAndLaterOnesTaken() async throws {
    try await EmbeddedDirectory.with(limits: DirectoryLimits(connectionsMax: 1)) { directory in
      let first = try await directory.connectAsManager()
      await #expect(throws: LDAPClientError.self) { _ = try await directory.connect().whoAmI() }
      await first.close()
      let deadline = ContinuousClock.now + .seconds(10)
      while (try? await directory.connect().whoAmI()) != "" {
        guard ContinuousClock.now < deadline else {
          Issue.record("the place was not given free")
          return
        }
        await Task.yield()
      }
    }
  }

  @Test func concurrentChangesOfOneGroupLoseNothing() async throws {
    try await EmbeddedDirectory.with { directory in
      let client = try await directory.connectAsManager()
      for entry in SampleTree.entries { try await client.add(dn: entry.dn, attributes: entry.attributes) }
      let group = "cn=group5,ou=groups,dc=example,dc=org"
      let newcomers = (0..<60).filter { $0 % 7 != 0 }.map { "uid=user\($0),ou=users,dc=example,dc=org" }
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for dn in newcomers {
          tasks.addTask {
            let client = try await directory.connectAsManager()
            try await client.modify(dn: group, [.init(.add, LDAPAttribute("member", [dn]))])
            await client.close()
          }
        }
        try await tasks.waitForAll()
      }
      let members = try await client.search(.init(base: group, scope: .base)).first?["member"]?.values.count
      #expect(members == 60)
      let filter = LDAPFilter.equals("memberOf", group)
      let linked = try await client.search(.init(base: EmbeddedDirectory.suffix, scope: .subtree, filter: filter))
      #expect(linked.count == 60)
    }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
    try await EmbeddedDirectory.with { directory in
      let client = try await directory.connectAsManager()
      for entry in SampleTree.entries { try await client.add(dn: entry.dn, attributes: entry.attributes) }
      let manager = LDAPBindRequest(
        dn: EmbeddedDirectory.managerDN,
        authentication: .simple(password: Array(EmbeddedDirectory.managerPassword.utf8))
      )
      let modify = LDAPModifyRequest(
        dn: "uid=user1,ou=users,dc=example,dc=org",
        changes: [.init(.replace, .init("sn", ["Pipelined"]))]
      )
      let search = LDAPSearchRequest(
        base: EmbeddedDirectory.suffix,
        scope: .subtree,
        filter: .equals("sn", "pipelined"),
        attributes: ["1.1"]
      )
      let requests: [LDAPOperation] = [
        .bindRequest(manager), .modifyRequest(modify), .searchRequest(search), .abandonRequest(messageID: 3),
        .unbindRequest,
      ]
      var bytes = ByteBuffer()
      for (index, request) in requests.enumerated() {
        LDAPMessage(messageID: Int32(index + 1), request).encode(into: &bytes)
      }
      let messages = try await converse(directory.port, Array(bytes.readableBytesView))
      #expect(messages.map(\.messageID) == [1, 2, 3, 3])
      #expect(messages.last?.operation == .searchResultDone(.success))
    }
  }

  /// More comes together than a connection keeps unsent.
  @Test func manyRequestsAtOnceAreAllAnswered() async throws {
    try await EmbeddedDirectory.with { directory in
      let search = LDAPSearchRequest(
        base: "",
        scope: .base,
        filter: .present(attribute: "objectClass"),
        attributes: ["*", "+"]
      )
      var bytes = ByteBuffer()
      for id in 1...1_000 { LDAPMessage(messageID: Int32(id), .searchRequest(search)).encode(into: &bytes) }
      let messages = try await converse(directory.port, Array(bytes.readableBytesView), until: 1_000)
      #expect(messages.map { $0.encoded().readableBytes }.reduce(0, +) > 4 * 64 << 10)
      #expect(messages.map(\.messageID) == (1...1_000).flatMap { [Int32($0), Int32($0)] })
    }
  }

  @Test func slowHashesDoNotHoldUpOthers() async throws {
    try await EmbeddedDirectory.with(scheme: .pbkdf2SHA512(iterations: 20_000)) { directory in
      let client = try await directory.connectAsManager()
      for entry in SampleTree.entries.prefix(6) { try await client.add(dn: entry.dn, attributes: entry.attributes) }
      let dn = SampleTree.entries[5].dn
      try await client.modifyPassword(dn: dn, new: "slow")
      let member = try await directory.connect()
      try await member.bind(dn: dn, password: "slow")
      #expect(try await member.whoAmI() == "dn:\(dn)")
      let error = await #expect(throws: LDAPClientError.self) { try await member.bind(dn: dn, password: "no") }
      #expect(error?.resultCode == .invalidCredentials)
      #expect(try await member.whoAmI() == "")
    }
  }

  @Test func aGracefulStopSaysGoodbyeAndEnds() async throws {
    let manager = DirectoryManager(dn: try DistinguishedName(EmbeddedDirectory.managerDN), password: [1])
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let store = try await DirectoryStore(
      suffix: try DistinguishedName(EmbeddedDirectory.suffix),
      schema: try DirectorySchema(),
      settings: DirectorySettings(manager: manager, passwordScheme: .saltedSHA512),
      backend: InMemoryDirectoryBackend(),
      nowSeconds: { 0 },
      newUUID: { "" },
      logger: logger
    )
    let server = try await DirectoryServer.bind(
      to: try SocketAddress(ipAddress: "127.0.0.1", port: 0),
      store: store,
      logger: logger
    )
    try await testGracefulShutdown { trigger in
      async let running: Void = server.run()
      let whoAmI = LDAPMessage(messageID: 1, .extendedRequest(.init(name: LDAPExtension.whoAmI)))
      let last = try await open(server.address.port ?? 0).executeThenClose { inbound, outbound in
        try await outbound.write(whoAmI.encoded())
        var last: LDAPMessage?
        for try await message in inbound {
          if message.messageID == 1 { trigger.triggerGracefulShutdown() }
          last = message
        }
        return last
      }
      #expect(isNotice(last, .unavailable))
      try await running
    }
    let late = await store.perform(
      DirectoryWriteRequest(identity: .anonymous, operation: .change(.delete(dn: "dc=example,dc=org")))
    )
    #expect(late.code == .unavailable)
  }

  @Test func theClientGivesUpInTimeAndWhenCancelled() async throws {
    // A server that accepts and never answers.
    let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .bind(host: "127.0.0.1", port: 0).get()
    let port = silent.localAddress?.port ?? 0
    let limits = LDAPClient.Limits(requestTimeout: .milliseconds(50))
    let hasty = try await LDAPClient.connect(host: "127.0.0.1", port: port, limits: limits)
    let error = await #expect(throws: LDAPClientError.self) { _ = try await hasty.whoAmI() }
    #expect(error?.code == .timedOut)
    let patient = try await LDAPClient.connect(host: "127.0.0.1", port: port)
    let request = Task { try await patient.whoAmI() }
    request.cancel()
    await #expect(throws: CancellationError.self) { _ = try await request.value }
    try await silent.close()
  }
}
