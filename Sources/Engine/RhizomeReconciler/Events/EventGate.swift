package import RhizomeModel

/// Lets events through that say something new, and few enough of them.
///
/// The same reason and message about the same resource is said once in a while only. Beyond a rate, events are counted
/// instead of kept, and the count is told when there is room again.
package struct EventGate: Sendable {
  private struct Said: Sendable {
    var message: String
    var at: Duration
  }

  private struct Subject: Hashable {
    let address: Address?
    let reason: String
  }

  /// How long the same thing is not said again.
  private let quiet: Duration
  private let burst: Double
  /// Room that comes back, in events a second.
  private let rate: Double
  private var room: Double
  private var filled = Duration.zero
  private var said: [Subject: Said] = [:]
  private var dropped = 0

  package init(quiet: Duration = .seconds(600), burst: Int = 1_000, perMinute: Int = 120) {
    self.quiet = quiet
    self.burst = Double(burst)
    self.rate = Double(perMinute) / 60
    room = Double(burst)
  }

  /// The events to keep of those that came up at `now`.
  package mutating func pass(_ events: [Event], now: Duration) -> [Event] {
    refill(now)
    var kept: [Event] = []
    for event in events where isNews(event, now) {
      guard room >= 1 else {
        dropped += 1
        continue
      }
      room -= 1
      if let summary = takeSummary(at: event.at) { kept.append(summary) }
      kept.append(event)
    }
    return kept
  }

  private mutating func refill(_ now: Duration) {
    room = min(burst, room + rate * ((now - filled) / .seconds(1)))
    filled = now
  }

  private mutating func isNews(_ event: Event, _ now: Duration) -> Bool {
    let subject = Subject(address: event.address, reason: event.reason)
    if let last = said[subject], last.message == event.message, now - last.at < quiet { return false }
    if said.count >= 20_000 { said = said.filter { now - $0.value.at < quiet } }
    if said.count < 20_000 { said[subject] = Said(message: event.message, at: now) }
    return true
  }

  private mutating func takeSummary(at moment: Timestamp) -> Event? {
    guard dropped > 0 else { return nil }
    defer { dropped = 0 }
    let message = "\(dropped) further events came too quickly to be kept one by one."
    return Event(at: moment, address: nil, reason: "EventsDropped", message: message)
  }
}
