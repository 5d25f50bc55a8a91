internal import LDAPProtocol
internal import NIOCore
internal import Synchronization

/// Names one request, so that its caller can give it up, also before it is sent.
final class LDAPRequestToken: Sendable {
  private let cancelled = Mutex(false)

  var isCancelled: Bool { cancelled.withLock { $0 } }

  func cancel() { cancelled.withLock { $0 = true } }
}

/// Matches answers to requests by message id.
final class LDAPClientHandler: ChannelInboundHandler {
  typealias InboundIn = LDAPMessage
  typealias OutboundOut = LDAPMessage

  private struct Pending {
    let promise: EventLoopPromise<LDAPReply>
    let token: LDAPRequestToken
    let timeout: Scheduled<Void>
    var entries: [LDAPSearchResultEntry] = []
  }

  private let limits: LDAPClient.Limits
  private let eventLoop: any EventLoop
  private var context: ChannelHandlerContext?
  private var pending: [Int32: Pending] = [:]
  private var lastMessageID: Int32 = 0
  private var failure = LDAPClientError(.disconnected, "the connection to the LDAP server is closed")

  init(limits: LDAPClient.Limits, eventLoop: any EventLoop) {
    self.limits = limits
    self.eventLoop = eventLoop
  }

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  /// Writes a request; the future completes with its last response.
  func send(_ operation: LDAPOperation, _ token: LDAPRequestToken) -> EventLoopFuture<LDAPReply> {
    if token.isCancelled { return eventLoop.makeFailedFuture(CancellationError()) }
    guard let context, context.channel.isActive else { return eventLoop.makeFailedFuture(failure) }
    lastMessageID = lastMessageID == Int32.max ? 1 : lastMessageID + 1
    let messageID = lastMessageID
    let promise = eventLoop.makePromise(of: LDAPReply.self)
    let timeout = eventLoop.assumeIsolated().scheduleTask(in: limits.requestTimeout) { [self] in
      let error = LDAPClientError(.timedOut, "the LDAP server did not answer in time")
      give(up: messageID, error)
    }
    pending[messageID] = Pending(promise: promise, token: token, timeout: timeout)
    context.writeAndFlush(wrapOutboundOut(LDAPMessage(messageID: messageID, operation)), promise: nil)
    return promise.futureResult
  }

  /// The caller no longer waits.
  func abandon(_ token: LDAPRequestToken) {
    guard let messageID = pending.first(where: { $0.value.token === token })?.key else { return }
    give(up: messageID, CancellationError())
  }

  private func give(up messageID: Int32, _ error: any Error) {
    guard let request = pending.removeValue(forKey: messageID) else { return }
    request.timeout.cancel()
    request.promise.fail(error)
    guard let context else { return }
    lastMessageID = lastMessageID == Int32.max ? 1 : lastMessageID + 1
    let abandon = LDAPMessage(messageID: lastMessageID, .abandonRequest(messageID: messageID))
    context.writeAndFlush(wrapOutboundOut(abandon), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let message = unwrapInboundIn(data)
    switch message.operation {
    case .searchResultEntry(let entry): collect(entry, message.messageID)
    case .searchResultReference, .intermediateResponse: break
    case .extendedResponse(let response) where message.messageID == 0: endedByServer(response.result)
    case .extendedResponse(let response): complete(message.messageID, response.result, response.value)
    case .bindResponse(let result), .searchResultDone(let result), .modifyResponse(let result),
      .addResponse(let result), .deleteResponse(let result), .modifyDNResponse(let result),
      .compareResponse(let result):
      complete(message.messageID, result, nil)
    default: fail(LDAPClientError(.protocolViolation, "the LDAP server sent a request"))
    }
  }

  private func collect(_ entry: LDAPSearchResultEntry, _ messageID: Int32) {
    pending[messageID]?.entries.append(entry)
    guard let count = pending[messageID]?.entries.count, count > limits.entriesMax else { return }
    let message = "the search found more than \(limits.entriesMax) entries"
    give(up: messageID, LDAPClientError(.protocolViolation, message))
  }

  private func complete(_ messageID: Int32, _ result: LDAPResult, _ value: [UInt8]?) {
    guard let request = pending.removeValue(forKey: messageID) else { return }
    request.timeout.cancel()
    request.promise.succeed(LDAPReply(result: result, entries: request.entries, value: value))
  }

  private func endedByServer(_ result: LDAPResult) {
    fail(LDAPClientError(.disconnected, "the LDAP server ended the connection: \(result.diagnosticMessage)"))
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let code: LDAPClientError.Code = error is BERError ? .protocolViolation : .disconnected
    fail(LDAPClientError(code, "the connection to the LDAP server failed: \(error)"))
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(failure)
    context.fireChannelInactive()
  }

  private func fail(_ error: LDAPClientError) {
    failure = error
    let requests = pending.values
    pending = [:]
    for request in requests {
      request.timeout.cancel()
      request.promise.fail(error)
    }
    context?.close(promise: nil)
  }
}
