package import RhizomeModel

/// One step on the way to a revision, as it happens.
package struct ProgressEvent: Sendable, Hashable {
  package enum Step: Sendable, Hashable {
    case started(Action.Verb)
    case done(Action.Verb)
    /// It is tried again by itself.
    case failed
    case waiting([Address])
    case stalled
    /// Every resource is as it shall be; the last event.
    case converged
    /// These will not become ready by themselves, or could not be looked at; all others are. The last event.
    case stuck([Address])
    /// A newer revision has taken over; the last event.
    case superseded(by: Int)
  }

  package let step: Step
  /// Nil for the last event.
  package let address: Address?
  /// A sentence.
  package let message: String
  package let at: Timestamp

  package init(_ step: Step, _ address: Address? = nil, message: String, at: Timestamp) {
    self.step = step
    self.address = address
    self.message = message
    self.at = at
  }

  package var isLast: Bool {
    switch step {
    case .converged, .stuck, .superseded: true
    case .started, .done, .failed, .waiting, .stalled: false
    }
  }
}

/// Hands the progress of the current revision to everybody who follows it, from its beginning.
struct ProgressHub {
  /// How many events of a revision are kept for those who come later, and buffered for those who are slow.
  private static let capacity = 20_000

  private(set) var revision = 0
  private var past: [ProgressEvent] = []
  private var followers: [AsyncStream<ProgressEvent>.Continuation] = []

  var hasFollowers: Bool { !followers.isEmpty }

  /// Begins a revision; those who follow an earlier one are told that it is over.
  mutating func begin(revision number: Int, at moment: Timestamp) {
    let message = "Revision \(number) has taken over."
    end(with: ProgressEvent(.superseded(by: number), message: message, at: moment))
    (revision, past) = (number, [])
  }

  /// Begins anew with the same revision: what was done before is no news to those who ask from now on.
  mutating func beginAgain() { past = [] }

  mutating func publish(_ event: ProgressEvent) {
    if past.count < ProgressHub.capacity { past.append(event) }
    followers.removeAll { follower in
      if case .terminated = follower.yield(event) { true } else { false }
    }
  }

  mutating func follow() -> AsyncStream<ProgressEvent> {
    let (stream, continuation) = AsyncStream<ProgressEvent>.makeStream(
      bufferingPolicy: .bufferingNewest(ProgressHub.capacity)
    )
    for event in past { continuation.yield(event) }
    followers.append(continuation)
    return stream
  }

  /// A stream of one event only.
  static func ended(_ event: ProgressEvent) -> AsyncStream<ProgressEvent> {
    let (stream, continuation) = AsyncStream<ProgressEvent>.makeStream()
    continuation.yield(event)
    continuation.finish()
    return stream
  }

  /// Tells all followers the last event.
  mutating func end(with event: ProgressEvent) {
    for follower in followers {
      follower.yield(event)
      follower.finish()
    }
    followers = []
  }

  mutating func finish() {
    for follower in followers { follower.finish() }
    followers = []
  }
}
