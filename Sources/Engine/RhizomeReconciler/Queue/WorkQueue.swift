package import RhizomeModel

/// Which addresses are to be looked at, and when. Each address is in it once and runs once at a time: adding it again
/// merges, and adding it while it runs makes it run again afterwards.
///
/// Addresses stand in lanes, one a driver, each with its own limit, so that a slow driver never holds up another one.
package struct WorkQueue: Sendable {
  private struct Lane {
    var limit: Int
    var ready = Line()
    var running = 0
  }

  private var lanes: [String: Lane] = [:]
  private var laneNames: [String] = []
  private var timers = TimerList()
  /// In which lane each address stands that is ready or delayed.
  private var standing: [Address: String] = [:]
  private var running: [Address: String] = [:]
  /// Added while running: from when on to run again.
  private var again: [Address: Duration] = [:]

  package init() {}

  package var runningCount: Int { running.count }
  package func isRunning(_ address: Address) -> Bool { running[address] != nil }
  /// Whether it is ready, delayed, or to run again.
  package func isQueued(_ address: Address) -> Bool { standing[address] != nil || again[address] != nil }

  /// How many addresses of a lane may run side by side.
  package mutating func setLimit(_ limit: Int, ofLane name: String) {
    precondition(limit > 0, "a lane lets at least one address run")
    lanes[name, default: Lane(limit: limit)].limit = limit
    if !laneNames.contains(name) { laneNames = (laneNames + [name]).sorted() }
  }

  /// Adds `address` to be run at `due`; the earlier moment wins when it is already there.
  package mutating func add(_ address: Address, lane: String, due: Duration, now: Duration) {
    if running[address] != nil {
      again[address] = min(again[address] ?? due, due)
      return
    }
    if let delayed = timers.due(address), delayed <= due { return }
    if standing[address] != nil, timers.due(address) == nil { return }
    standing[address] = lane
    if due > now {
      timers.set(address, at: due)
    } else {
      timers.remove(address)
      line(up: address, in: lane)
    }
  }

  /// Takes the addresses that may run now; each of them has to be finished.
  package mutating func takeReady(now: Duration) -> [Address] {
    for address in timers.takeDue(now: now) { line(up: address, in: standing[address] ?? "") }
    return laneNames.flatMap { takeReady(lane: $0) }
  }

  /// The moment at which a delayed address becomes due.
  package mutating func nextDue() -> Duration? { timers.nextDue() }

  /// Ends a run; the address is queued again when it was added meanwhile.
  package mutating func finish(_ address: Address, now: Duration) {
    guard let lane = running.removeValue(forKey: address) else { return }
    lanes[lane]?.running -= 1
    if let due = again.removeValue(forKey: address) { add(address, lane: lane, due: due, now: now) }
  }

  /// Drops `address` unless it runs.
  package mutating func remove(_ address: Address) {
    timers.remove(address)
    again[address] = nil
    if let lane = standing.removeValue(forKey: address) { lanes[lane]?.ready.remove(address) }
  }

  private mutating func line(up address: Address, in lane: String) {
    if lanes[lane] == nil { setLimit(1, ofLane: lane) }
    lanes[lane]?.ready.append(address)
  }

  private mutating func takeReady(lane name: String) -> [Address] {
    guard var lane = lanes[name] else { return [] }
    var taken: [Address] = []
    while lane.running < lane.limit, let address = lane.ready.popFirst() {
      lane.running += 1
      standing[address] = nil
      running[address] = name
      taken.append(address)
    }
    lanes[name] = lane
    return taken
  }
}

/// First in, first out; removal leaves a gap that is skipped.
private struct Line: Sendable {
  private var items: [Address?] = []
  private var head = 0
  private var positions: [Address: Int] = [:]

  mutating func append(_ address: Address) {
    guard positions[address] == nil else { return }
    positions[address] = items.count
    items.append(address)
  }

  mutating func remove(_ address: Address) {
    if let position = positions.removeValue(forKey: address) { items[position] = nil }
  }

  mutating func popFirst() -> Address? {
    while head < items.count {
      let item = items[head]
      head += 1
      guard let item else { continue }
      positions[item] = nil
      compact()
      return item
    }
    return nil
  }

  /// Gives back the space of what was popped, once that is most of it.
  private mutating func compact() {
    guard head > 64, head * 2 > items.count else { return }
    items.removeFirst(head)
    head = 0
    positions.removeAll(keepingCapacity: true)
    for (position, item) in items.enumerated() { if let item { positions[item] = position } }
  }
}
