import RhizomeModel

/// Hands events, once they are stored and numbered, to everybody who follows them.
struct EventHub {
  private struct Follower {
    let continuation: AsyncStream<Event>.Continuation
    var last: Int
  }

  /// Bridges the moment between reading the log and beginning to follow.
  private static let recentCount = 512
  private static let bufferCount = 10_000

  private var followers: [Follower] = []
  private var recent: [Event] = []

  mutating func publish(_ events: [Event]) {
    recent = Array((recent + events).suffix(EventHub.recentCount))
    followers = followers.compactMap { EventHub.send(events, to: $0) }
  }

  /// What is stored in `past`, then all that follows.
  mutating func follow(past: [Event], after sequence: Int) -> AsyncStream<Event> {
    let (stream, continuation) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingNewest(EventHub.bufferCount))
    let follower = Follower(continuation: continuation, last: sequence)
    if let caughtUp = EventHub.send(past, to: follower).flatMap({ EventHub.send(recent, to: $0) }) {
      followers.append(caughtUp)
    }
    return stream
  }

  mutating func finish() {
    for follower in followers { follower.continuation.finish() }
    followers = []
  }

  /// Sends what the follower does not have yet; nil when nobody listens any more.
  private static func send(_ events: [Event], to follower: Follower) -> Follower? {
    var copy = follower
    for event in events where event.sequence > copy.last {
      if case .terminated = copy.continuation.yield(event) { return nil }
      copy.last = event.sequence
    }
    return copy
  }
}
