internal import GRDB

/// What is written, one at a time, in the order of submission.
enum StateCommand: Sendable {
  case transact(StateTransaction)
  case grant(timeToLive: Duration)
  /// Ends leases; each is one transaction. Unknown ones are passed over.
  case end([LeaseID])
  case compact(through: StoreRevision)
}

/// The answer to one command.
enum StateReply: Sendable {
  case transacted(TransactionResult)
  case granted(StateLease)
  case done
}

/// Applies a batch of commands within one database transaction, so that they share one sync of the disk.
///
/// A command that is refused (`StateStoreError`) has changed nothing and leaves the others alone; a database error
/// fails the whole batch, and the caller rolls all of it back.
struct StateWriter {
  /// The replies of a batch, and the revision after it.
  struct Outcome: Sendable {
    let replies: [Result<StateReply, StateStoreError>]
    let revision: StoreRevision
  }

  private let database: Database
  private let limits: StateHistoryLimits
  private var historyBytes: Int64
  private var revision: StoreRevision
  private var compacted: StoreRevision

  static func apply(_ commands: [StateCommand], limits: StateHistoryLimits, _ database: Database) throws -> Outcome {
    var writer = StateWriter(
      database: database,
      limits: limits,
      historyBytes: try StateTables.read(.historyBytes, database),
      revision: StoreRevision(try StateTables.read(.revision, database)),
      compacted: StoreRevision(try StateTables.read(.compacted, database))
    )
    let start = writer.revision
    let replies = try commands.map { try writer.reply(to: $0) }
    if writer.revision != start {
      try StateTables.write(.revision, writer.revision.number, database)
      try StateTables.write(.historyBytes, writer.historyBytes, database)
      try writer.boundHistory()
    }
    return Outcome(replies: replies, revision: writer.revision)
  }

  private mutating func reply(to command: StateCommand) throws -> Result<StateReply, StateStoreError> {
    do {
      switch command {
      case .transact(let transaction): return .success(.transacted(try transact(transaction)))
      case .grant(let timeToLive): return .success(.granted(try grant(timeToLive)))
      case .end(let leases): for lease in leases { try end(lease) }
      case .compact(let revision): try compact(through: min(revision, self.revision))
      }
      return .success(.done)
    } catch let refusal as StateStoreError {
      return .failure(refusal)
    }
  }

  private mutating func transact(_ transaction: StateTransaction) throws -> TransactionResult {
    var current: [StateKey: StateEntry] = [:]
    for condition in transaction.conditions {
      current[condition.key] = try StateTables.entry(condition.key, database)
    }
    guard transaction.conditions.allSatisfy({ $0.holds(for: current[$0.key]) }) else {
      return .conflict(revision, current: current)
    }
    try checkLeases(of: transaction)
    let next = revision.next
    var changed = false
    for operation in transaction.operations {
      changed = try perform(operation, at: next) || changed
    }
    if changed { revision = next }
    return .committed(revision)
  }

  /// All leases must live before anything is written, since a refusal must leave no trace.
  private func checkLeases(of transaction: StateTransaction) throws {
    for case .put(_, _, let lease?) in transaction.operations {
      let statement = try database.cachedStatement(sql: "SELECT 1 FROM lease WHERE id = ?")
      guard try Int.fetchOne(statement, arguments: [lease.number]) != nil else {
        throw StateStoreError.leaseNotFound(lease)
      }
    }
  }

  /// - Returns: whether anything changed.
  private mutating func perform(_ operation: StateOperation, at next: StoreRevision) throws -> Bool {
    switch operation {
    case .put(let key, let value, let lease):
      let previous = try StateTables.entry(key, database)
      historyBytes += Int64(value.count)
      try StateTables.store(StateEntry(key, value, lease, after: previous, at: next), database)
      return true
    case .delete(let key):
      guard try StateTables.entry(key, database) != nil else { return false }
      try StateTables.remove(key, at: next, database)
      return true
    case .deleteAll(let prefix):
      let keys = try StateTables.keys(below: prefix, database)
      for key in keys { try StateTables.remove(key, at: next, database) }
      return !keys.isEmpty
    }
  }

  private func grant(_ timeToLive: Duration) throws -> StateLease {
    let id = try StateTables.read(.lease, database) + 1
    try StateTables.write(.lease, id, database)
    let milliseconds = timeToLive.roundedUpToMilliseconds
    try StateTables.execute("INSERT INTO lease VALUES (?, ?)", [id, milliseconds], database)
    return StateLease(id: LeaseID(id), timeToLive: .milliseconds(milliseconds))
  }

  private mutating func end(_ lease: LeaseID) throws {
    let keys = try StateTables.keys(of: lease, database)
    if !keys.isEmpty { revision = revision.next }
    for key in keys { try StateTables.remove(key, at: revision, database) }
    try StateTables.execute("DELETE FROM lease WHERE id = ?", [lease.number], database)
  }

  private mutating func compact(through revision: StoreRevision) throws {
    guard revision > compacted else { return }
    try StateTables.compact(through: revision, database)
    compacted = revision
    historyBytes = try StateTables.read(.historyBytes, database)
  }

  /// Trims history back to its length once it has outgrown it by a quarter, so that trimming is rare; and halves it as
  /// often as its bytes need it.
  private mutating func boundHistory() throws {
    if length > limits.revisions + limits.revisions / 4 {
      try compact(through: StoreRevision(revision.number - limits.revisions))
    }
    while historyBytes > limits.bytes, length > StateHistoryLimits.revisionsAlwaysKept {
      try compact(through: StoreRevision(revision.number - length / 2))
    }
  }

  /// How many revisions are in the history.
  private var length: Int64 { revision.number - compacted.number }
}

/// How much history is kept for watchers.
struct StateHistoryLimits: Sendable {
  /// Watchable whatever the size, so that one large value does not cut off everybody.
  static let revisionsAlwaysKept: Int64 = 16

  var revisions: Int64
  var bytes: Int64
}

extension StateEntry {
  /// What a write of `value` makes out of the entry before it.
  init(_ key: StateKey, _ value: [UInt8], _ lease: LeaseID?, after previous: StateEntry?, at revision: StoreRevision) {
    self.init(
      key: key,
      value: value,
      creationRevision: previous?.creationRevision ?? revision,
      modificationRevision: revision,
      version: (previous?.version ?? 0) + 1,
      lease: lease
    )
  }
}

extension Duration {
  /// Whole milliseconds, never less than the duration.
  var roundedUpToMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
    return seconds * 1000 + (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond
  }
}
