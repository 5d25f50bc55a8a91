import UPnP

/// Holds conversations with routers over real sockets, each on a thread of its own that cancellation wakes.
struct ControlShell: Sendable {
  let calls: BlockingCalls

  /// How a conversation ended, and between whom it was.
  struct Held<Outcome: Sendable>: Sendable {
    let outcome: Outcome
    let server: ControlEndpoint
    /// This machine's address, as the router sees it.
    let client: ControlAddress
  }

  /// Now, as conversations and books count: since the program's start, sleep included.
  static var now: Duration { ContinuousClock.now - origin }

  private static let origin = ContinuousClock.now

  /// Holds one conversation.
  ///
  /// - Parameters:
  ///   - purpose: completes "the router took too long to …" in errors.
  ///   - limit: the longest it may take.
  ///   - source: the address of this machine to ask from; the system chooses when nil.
  ///   - server: finds the router; runs on the conversation's thread, hence in its network namespace.
  ///   - begin: makes the conversation from the router's endpoint, this machine's address, and the times of its begin
  ///     and its end.
  /// - Throws: `UPnPError`; `CancellationError` at once when the calling task is cancelled.
  func hold<Conversation: ControlConversation>(
    _ purpose: String,
    within limit: Duration,
    from source: ControlAddress? = nil,
    with server: @escaping @Sendable () throws -> ControlEndpoint,
    _ begin: @escaping @Sendable (ControlEndpoint, ControlAddress, Duration, Duration) throws -> Conversation
  ) async throws -> Held<Conversation.Outcome> {
    let wakeUp = try WakeUp()
    return try await withTaskCancellationHandler {
      // The conversation ends in time on its own; the second only covers a thread that starts late.
      try await calls.run(purpose, deadline: limit + .seconds(1)) {
        let (server, now) = (try server(), Self.now)
        let socket = try ControlSocket(to: server, from: source)
        var conversation = try begin(server, socket.localAddress, now, now + limit)
        let outcome = try Self.follow(&conversation, socket, wakeUp)
        return Held(outcome: outcome, server: server, client: socket.localAddress)
      }
    } onCancel: {
      wakeUp.wake()
    }
  }

  private static func follow<Conversation: ControlConversation>(
    _ conversation: inout Conversation,
    _ socket: borrowing ControlSocket,
    _ wakeUp: WakeUp
  ) throws -> Conversation.Outcome {
    while true {
      switch conversation.directive(at: now, jitter: .random(in: -1...1)) {
      case .end(let outcome): return outcome
      case .send(let bytes):
        if try !socket.send(bytes) { conversation.foundPortClosed(at: now) }
      case .wait(let end):
        switch socket.wait(end - now, or: wakeUp) {
        case .datagram(let bytes, let source): conversation.received(bytes, from: source, at: now)
        case .portClosed: conversation.foundPortClosed(at: now)
        case .timeUp: break
        case .woken: throw CancellationError()
        }
      }
    }
  }
}
