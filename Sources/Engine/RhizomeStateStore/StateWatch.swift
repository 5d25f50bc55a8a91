/// What one transaction changed below a watched prefix, in key order.
package struct StateChangeBatch: Hashable, Sendable {
  package let revision: StoreRevision
  package let changes: [StateChange]

  package init(revision: StoreRevision, changes: [StateChange]) {
    self.revision = revision
    self.changes = changes
  }
}

/// One change of one key.
package enum StateChange: Hashable, Sendable {
  case put(StateEntry)
  case deleted(StateKey)

  package var key: StateKey {
    switch self {
    case .put(let entry): entry.key
    case .deleted(let key): key
    }
  }
}

/// The changes below a prefix after a revision, one batch a transaction, without end.
///
/// A reader takes batches when it likes: nothing is buffered for it, so a slow one costs no memory. One so slow that
/// its place in history was compacted away gets `compacted` and must list again. Iteration ends with
/// `CancellationError` when its task is cancelled, and with `closed` when the store is closed.
package struct StateWatch: AsyncSequence, Sendable {
  package typealias Element = StateChangeBatch
  /// Returns the batches after a revision, and how far it looked; waits until there is at least one revision more.
  package typealias Pull =
    @Sendable (StoreRevision) async throws -> (batches: [StateChangeBatch], through: StoreRevision)

  private let start: StoreRevision
  private let pull: Pull

  package init(after start: StoreRevision, pull: @escaping Pull) {
    self.start = start
    self.pull = pull
  }

  /// The same watch with every batch transformed, and those left out for which there is nil.
  func compactMap(_ transform: @escaping @Sendable (StateChangeBatch) throws -> StateChangeBatch?) -> StateWatch {
    StateWatch(after: start) { [pull] position in
      let (batches, through) = try await pull(position)
      return (try batches.compactMap(transform), through)
    }
  }

  package func makeAsyncIterator() -> Iterator { Iterator(position: start, pull: pull) }

  package struct Iterator: AsyncIteratorProtocol {
    fileprivate var position: StoreRevision
    fileprivate var pending: ArraySlice<StateChangeBatch> = []
    fileprivate let pull: Pull

    /// The next batch; waits for one.
    package mutating func next() async throws -> StateChangeBatch? {
      while true {
        try Task.checkCancellation()
        if let batch = pending.popFirst() { return batch }
        let (batches, through) = try await pull(position)
        pending = batches[...]
        position = through
      }
    }
  }
}
