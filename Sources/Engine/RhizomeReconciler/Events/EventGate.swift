package import RhizomeModel

/// Lets events through that say something new, and few enough of them.
///
/// How something stands is said once in a while only, as long as it stays so, and then with how often it came up since. What
/// was done is said each time, and after it everything about that resource is news. Beyond a rate, events are counted instead
/// of kept, and the count is told when there is room again.
package struct EventGate: Sendable {
  private struct Said: Sendable {
    var event: Event
    var at: Duration
    /// How often it came up since it was said, and when last.
    var repeats = 0
    var latest: Timestamp

    /// What was not said of it; nil when all was.
    var rest: Event? {
      guard repeats > 0 else { return nil }
      let times = repeats == 1 ? "once more" : "\(repeats) more times"
      return Event(
        at: latest,
        level: event.level,
        address: event.address,
        reason: event.reason,
        message: "\(event.message) (This came up \(times) since \(event.at).)"
      )
    }
  }

  /// How long the same thing is not said again.
  private let quiet: Duration
  private let burst: Double
  /// Room that comes back, in events a second.
  private let rate: Double
  private var room: Double
  private var filled = Duration.zero
  /// By resource and reason.
  private var said: [Address?: [String: Said]] = [:]
  private var saidCount = 0
  private var dropped = 0

  package init(quiet: Duration = .seconds(600), burst: Int = 1_000, perMinute: Int = 120) {
    self.quiet = quiet
    self.burst = Double(burst)
    self.rate = Double(perMinute) / 60
    room = Double(burst)
  }

  /// The events to keep of one that came up at `now`.
  /// - Parameter isDeed: something was done, which is not the same as when it was done before.
  package mutating func pass(_ event: Event, isDeed: Bool = false, now: Duration) -> [Event] {
    refill(now)
    let news = isDeed ? afterDeed(event) : news(event, now)
    var kept: [Event] = []
    for event in news {
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

  /// What is left to say of how things stood before, and then the deed.
  private mutating func afterDeed(_ event: Event) -> [Event] {
    guard event.address != nil, let before = said.removeValue(forKey: event.address) else { return [event] }
    saidCount -= before.count
    return before.values.compactMap(\.rest).sorted { ($0.at, $0.reason) < ($1.at, $1.reason) } + [event]
  }

  private mutating func news(_ event: Event, _ now: Duration) -> [Event] {
    var last = said[event.address]?[event.reason]
    let isSame = last?.event.message == event.message
    if isSame {
      last?.repeats += 1
      last?.latest = event.at
    }
    if isSame, let last, now - last.at < quiet {
      said[event.address]?[event.reason] = last
      return []
    }
    makeRoom(now)
    if last != nil || saidCount < EventGate.capacity {
      if last == nil { saidCount += 1 }
      said[event.address, default: [:]][event.reason] = Said(event: event, at: now, latest: event.at)
    }
    guard let rest = last?.rest else { return [event] }
    return isSame ? [rest] : [rest, event]
  }

  private static let capacity = 20_000

  private mutating func makeRoom(_ now: Duration) {
    guard saidCount >= EventGate.capacity else { return }
    said = said.mapValues { $0.filter { now - $0.value.at < quiet } }.filter { !$0.value.isEmpty }
    saidCount = said.values.reduce(0) { $0 + $1.count }
  }

  private mutating func takeSummary(at moment: Timestamp) -> Event? {
    guard dropped > 0 else { return nil }
    defer { dropped = 0 }
    let message = "\(dropped) further events came too quickly to be kept one by one."
    return Event(at: moment, address: nil, reason: "EventsDropped", message: message)
  }
}
