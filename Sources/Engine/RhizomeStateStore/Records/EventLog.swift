package import RhizomeModel

/// The last events of the cluster, numbered without gaps in the order in which they were stored.
package struct EventLog: Sendable {
  /// How many go into one transaction: each may push out an old one.
  private static let eventsAtOnce = 50

  private let store: any StateStore
  private let table: RecordTable<Event>
  private let counter: StateKey
  private let capacity: Int

  /// - Parameter capacity: how many events are kept, at least 50.
  package init(_ store: any StateStore, capacity: Int = 2_000) throws {
    self.store = store
    self.capacity = max(capacity, EventLog.eventsAtOnce)
    table = RecordTable(store, prefix: try StatePrefix(RecordPlaces.eventEntries))
    counter = try StateKey(RecordPlaces.eventSequence)
  }

  /// Stores events and returns them with their numbers.
  @discardableResult
  package func append(_ events: [Event]) async throws -> [Event] {
    var stored: [Event] = []
    while stored.count < events.count {
      stored += try await appendSome(Array(events[stored.count...].prefix(EventLog.eventsAtOnce)))
    }
    return stored
  }

  /// The last `limit` events after number `sequence`, oldest first.
  package func events(after sequence: Int = 0, limit: Int = .max) async throws -> [Event] {
    try await table.all().records.map(\.record).filter { $0.sequence > sequence }.suffix(limit)
  }

  /// Events as they are stored, beginning after number `sequence`; those no longer kept are passed over.
  package func follow(after sequence: Int) async throws -> EventFeed {
    let (revision, records) = try await table.all()
    let past = records.map(\.record).filter { $0.sequence > sequence }
    return EventFeed(past: past, table: table, watch: store.watch(table.prefix, after: revision))
  }

  private func appendSome(_ events: [Event]) async throws -> [Event] {
    var current = try await store.get(counter)
    for _ in 0..<StateStoreLimits.updateAttempts {
      let last = current.flatMap { Int(String(decoding: $0.value, as: UTF8.self)) } ?? 0
      let numbered = zip(events, (last + 1)...).map { event, sequence in event.numbered(sequence) }
      let condition: StateCondition =
        current.map { .modified(counter, at: $0.modificationRevision) } ?? .absent(counter)
      switch try await store.transact(if: [condition], then: operations(storing: numbered, after: last)) {
      case .committed: return numbered
      case .conflict(_, let found): current = found[counter]
      }
    }
    throw StateStoreError(.contended, "the event log was written by others on every attempt; try again")
  }

  private func operations(storing events: [Event], after last: Int) throws -> [StateOperation] {
    let puts = try events.map { try table.putting(RecordPlaces.sortable($0.sequence), $0) }
    let removals = try events.filter { $0.sequence > capacity }.map {
      try table.removing(RecordPlaces.sortable($0.sequence - capacity))
    }
    return puts + removals + [.put(counter, Array(String(last + events.count).utf8))]
  }
}

/// Past events, then each new one, without end; see `StateWatch` for how it may fail.
package struct EventFeed: AsyncSequence, Sendable {
  fileprivate let past: [Event]
  fileprivate let table: RecordTable<Event>
  fileprivate let watch: StateWatch

  package func makeAsyncIterator() -> Iterator {
    Iterator(pending: past[...], table: table, watch: watch.makeAsyncIterator())
  }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate var pending: ArraySlice<Event>
    fileprivate let table: RecordTable<Event>
    fileprivate var watch: StateWatch.Iterator

    /// The next event; waits for one.
    package mutating func next() async throws -> Event? {
      while pending.isEmpty {
        guard let batch = try await watch.next() else { return nil }
        pending = try batch.changes.compactMap { change in
          guard case .put(let entry) = change else { return nil }
          return try table.decode(entry)
        }[...]
      }
      return pending.popFirst()
    }
  }
}

extension Event {
  fileprivate func numbered(_ sequence: Int) -> Event {
    var copy = self
    copy.sequence = sequence
    return copy
  }
}
