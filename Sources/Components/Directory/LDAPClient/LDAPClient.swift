package import LDAPProtocol
package import NIOCore
internal import NIOPosix

/// A connection to an LDAP server. Requests may be made from many tasks at once.
package final class LDAPClient: Sendable {
  /// How long and how much to wait for.
  package struct Limits: Sendable {
    package var connectTimeout: TimeAmount
    package var requestTimeout: TimeAmount
    /// Longest message accepted from the server, in bytes.
    package var messageByteCountMax: Int
    /// Most entries collected for one search.
    package var entriesMax: Int

    package init(
      connectTimeout: TimeAmount = .seconds(5),
      requestTimeout: TimeAmount = .seconds(30),
      messageByteCountMax: Int = 16 << 20,
      entriesMax: Int = 1_000_000
    ) {
      self.connectTimeout = connectTimeout
      self.requestTimeout = requestTimeout
      self.messageByteCountMax = messageByteCountMax
      self.entriesMax = entriesMax
    }
  }

  private let channel: any Channel
  private let handler: NIOLoopBound<LDAPClientHandler>

  private init(channel: any Channel, handler: NIOLoopBound<LDAPClientHandler>) {
    self.channel = channel
    self.handler = handler
  }

  /// Connects to a host by name or address.
  /// - Throws: `LDAPClientError` with `disconnected`.
  package static func connect(
    host: String,
    port: Int,
    limits: Limits = Limits(),
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(LDAPClientError) -> LDAPClient {
    try await connect("\(host):\(port)", limits, group) { try await $0.connect(host: host, port: port).get() }
  }

  /// Connects to an address, such as that of a unix socket.
  /// - Throws: `LDAPClientError` with `disconnected`.
  package static func connect(
    to address: SocketAddress,
    limits: Limits = Limits(),
    group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
  ) async throws(LDAPClientError) -> LDAPClient {
    try await connect("\(address)", limits, group) { try await $0.connect(to: address).get() }
  }

  private static func connect(
    _ place: String,
    _ limits: Limits,
    _ group: any EventLoopGroup,
    _ open: (ClientBootstrap) async throws -> any Channel
  ) async throws(LDAPClientError) -> LDAPClient {
    let bootstrap = ClientBootstrap(group: group).connectTimeout(limits.connectTimeout)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHandler(
            ByteToMessageHandler(LDAPFrameDecoder(messageByteCountMax: limits.messageByteCountMax))
          )
          try pipeline.addHandler(MessageToByteHandler(LDAPMessageEncoder()))
          try pipeline.addHandler(LDAPClientHandler(limits: limits, eventLoop: channel.eventLoop))
        }
      }
    do {
      let channel = try await open(bootstrap)
      let handler = try await channel.eventLoop.submit {
        NIOLoopBound(
          try channel.pipeline.syncOperations.handler(type: LDAPClientHandler.self),
          eventLoop: channel.eventLoop
        )
      }.get()
      return LDAPClient(channel: channel, handler: handler)
    } catch {
      throw LDAPClientError(.disconnected, "cannot connect to the LDAP server at \(place): \(error)")
    }
  }

  /// Sends an unbind and closes the connection.
  package func close() async {
    channel.writeAndFlush(LDAPMessage(messageID: 1, .unbindRequest), promise: nil)
    try? await channel.close()
  }

  // MARK: Requests

  /// Becomes `dn`.
  /// - Throws: `LDAPClientError`, with `invalidCredentials` when name or password are wrong.
  package func bind(dn: String, password: String) async throws {
    let request = LDAPBindRequest(dn: dn, authentication: .simple(password: Array(password.utf8)))
    _ = try await perform(.bindRequest(request), "bind as \(dn)")
  }

  /// Finds entries.
  /// - Throws: `LDAPClientError`; `noSuchObject` when the base is not there.
  package func search(_ request: LDAPSearchRequest) async throws -> [LDAPSearchResultEntry] {
    try await perform(.searchRequest(request), "search below \"\(request.base)\"").entries
  }

  /// Adds an entry.
  package func add(dn: String, attributes: [LDAPAttribute]) async throws {
    _ = try await perform(.addRequest(.init(dn: dn, attributes: attributes)), "add \(dn)")
  }

  /// Changes an entry; all changes or none.
  package func modify(dn: String, _ changes: [LDAPModifyRequest.Change]) async throws {
    _ = try await perform(.modifyRequest(.init(dn: dn, changes: changes)), "modify \(dn)")
  }

  /// Deletes an entry without entries below it.
  package func delete(dn: String) async throws {
    _ = try await perform(.deleteRequest(dn: dn), "delete \(dn)")
  }

  /// Whether the entry has the value.
  package func compare(dn: String, attribute: String, value: String) async throws -> Bool {
    let request = LDAPCompareRequest(dn: dn, attribute: attribute, value: Array(value.utf8))
    let reply = try await send(.compareRequest(request))
    switch reply.result.code {
    case .compareTrue: return true
    case .compareFalse: return false
    default: throw Self.refusal(reply.result, "compare \(dn)")
    }
  }

  /// The identity the server sees, such as `dn:uid=ann,…`; empty when anonymous (RFC 4532).
  package func whoAmI() async throws -> String {
    let reply = try await perform(.extendedRequest(.init(name: LDAPExtension.whoAmI)), "who am I")
    return String(decoding: reply.value ?? [], as: UTF8.self)
  }

  /// Sets a password; the server hashes it (RFC 3062).
  /// - Parameter dn: whose; nil for the bound identity.
  package func modifyPassword(dn: String?, old: String? = nil, new: String) async throws {
    let change = LDAPPasswordModify(
      userIdentity: dn,
      oldPassword: old.map { Array($0.utf8) },
      newPassword: Array(new.utf8)
    )
    let request = LDAPExtendedRequest(name: LDAPExtension.passwordModify, value: change.encoded())
    _ = try await perform(.extendedRequest(request), "change the password of \(dn ?? "the bound identity")")
  }

  /// Makes any request that has one response, and hands back whatever it says.
  /// - Throws: `LDAPClientError` when no answer came; `CancellationError`.
  package func send(_ operation: LDAPOperation) async throws -> LDAPReply {
    let token = LDAPRequestToken()
    return try await withTaskCancellationHandler {
      try await channel.eventLoop.flatSubmit { [handler] in handler.value.send(operation, token) }.get()
    } onCancel: { [handler] in
      token.cancel()
      channel.eventLoop.execute { handler.value.abandon(token) }
    }
  }

  private func perform(_ operation: LDAPOperation, _ what: String) async throws -> LDAPReply {
    let reply = try await send(operation)
    guard reply.result.code == .success else { throw Self.refusal(reply.result, what) }
    return reply
  }

  private static func refusal(_ result: LDAPResult, _ what: String) -> LDAPClientError {
    let detail = result.diagnosticMessage.isEmpty ? "" : ": \(result.diagnosticMessage)"
    return LDAPClientError(.refused(result.code), "the LDAP server refused to \(what): \(result.code)\(detail)")
  }
}

/// The complete answer to one request.
package struct LDAPReply: Sendable, Hashable {
  package var result: LDAPResult
  /// Found entries, of a search.
  package var entries: [LDAPSearchResultEntry]
  /// The response value, of an extended operation.
  package var value: [UInt8]?
}
