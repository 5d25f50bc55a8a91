internal import LDAPProtocol
internal import NIOCore
internal import NIOPosix

/// Performs what a `DirectorySession` decides, on one connection.
///
/// Reads are answered on the event loop, from a snapshot. While a password check or a change is out, and while
/// the client is slow to take answers, nothing more is read: memory per connection stays bounded. The answers to
/// requests that came together leave together.
final class DirectoryChannelHandler: ChannelDuplexHandler {
  typealias InboundIn = LDAPMessage
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let store: DirectoryStore
  private var session: DirectorySession
  private var waiting: CircularBuffer<LDAPMessage> = []
  /// Whether a `verify` or `write` directive is out.
  private var isBusy = false
  private var isClosing = false
  private var isStopping = false
  private var isReadPending = false
  /// Whether requests that came together are still being handed over.
  private var isReceiving = false

  init(store: DirectoryStore) {
    self.store = store
    session = DirectorySession(settings: store.settings)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReceiving = true
    waiting.append(unwrapInboundIn(data))
    serve(context)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReceiving = false
    context.flush()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    serve(context)
    context.fireChannelWritabilityChanged()
  }

  func read(context: ChannelHandlerContext) {
    if canServe(context), waiting.isEmpty {
      context.read()
    } else {
      isReadPending = true
    }
  }

  private func canServe(_ context: ChannelHandlerContext) -> Bool {
    !isBusy && !isClosing && context.channel.isWritable
  }

  private func serve(_ context: ChannelHandlerContext) {
    while canServe(context), !isStopping, let message = waiting.popFirst() {
      perform(session.receive(message, store.snapshot), context)
    }
    if isStopping, !isBusy, !isClosing {
      perform(DirectorySession.disconnect(.unavailable, "the server is stopping"), context)
    }
    if isReadPending, canServe(context), waiting.isEmpty {
      isReadPending = false
      context.read()
    }
  }

  private func perform(_ directive: DirectoryDirective, _ context: ChannelHandlerContext) {
    switch directive {
    case .ignore: break
    case .send(let messages): send(messages, context)
    case .close(let messages): close(after: messages, context)
    case .verify(let check): verify(check, context)
    case .write(let request): write(request, context)
    }
  }

  private func send(_ messages: [LDAPMessage], _ context: ChannelHandlerContext) {
    var buffer = context.channel.allocator.buffer(capacity: 512)
    for message in messages { message.encode(into: &buffer) }
    context.write(wrapOutboundOut(buffer), promise: nil)
    if !isReceiving { context.flush() }
  }

  private func close(after messages: [LDAPMessage], _ context: ChannelHandlerContext) {
    isClosing = true
    waiting.removeAll()
    if !messages.isEmpty { send(messages, context) }
    // Closing throws away what was not flushed, also answers to requests that came together with the last one.
    context.flush()
    context.close(promise: nil)
  }

  private func verify(_ check: DirectoryDirective.PasswordCheck, _ context: ChannelHandlerContext) {
    guard !store.isQuick(check) else {
      return perform(session.finishBind(matched: store.verify(check)), context)
    }
    isBusy = true
    let work = NIOThreadPool.singleton.runIfActive(eventLoop: context.eventLoop) { [store] in store.verify(check) }
    work.assumeIsolated().whenComplete { [self] result in
      resume(context) { $0.finishBind(matched: (try? result.get()) ?? false) }
    }
  }

  private func write(_ request: DirectoryWriteRequest, _ context: ChannelHandlerContext) {
    isBusy = true
    let promise = context.eventLoop.makePromise(of: LDAPResult.self)
    store.submit(request) { promise.succeed($0) }
    promise.futureResult.assumeIsolated().whenSuccess { [self] result in
      resume(context) { $0.finishWrite(result) }
    }
  }

  private func resume(_ context: ChannelHandlerContext, _ finish: (inout DirectorySession) -> DirectoryDirective) {
    isBusy = false
    guard !isClosing, context.channel.isActive else { return }
    perform(finish(&session), context)
    serve(context)
  }

  func channelInactive(context: ChannelHandlerContext) {
    isClosing = true
    waiting.removeAll()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is DirectoryShutdown:
      isStopping = true
      serve(context)
    case is IdleStateHandler.IdleStateEvent where !isBusy && !isClosing:
      perform(DirectorySession.disconnect(.other, "the connection was idle for too long"), context)
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !isClosing else { return }
    if let malformed = error as? BERError {
      perform(DirectorySession.disconnect(.protocolError, malformed.description), context)
    } else {
      isClosing = true
      context.close(promise: nil)
    }
  }
}
