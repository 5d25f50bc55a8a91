internal import RhizomeStateStore

extension StateStoreCheck {
  static let watches: [StateStoreCheck] = [
    StateStoreCheck(name: "a watch shows each transaction once and in order") { fixture in
      let (store, prefix) = (fixture.store, try StatePrefix("w/"))
      let start = try await store.list(prefix).revision
      let watcher = Task { try await take(20, from: store.watch(prefix, after: start)) }
      for number in UInt8(0)..<20 {
        try await store.put(StateKey("elsewhere"), [number])
        try await store.transact(then: [.put(prefix.key("b"), [number]), .put(prefix.key("a"), [number])])
      }
      let batches = try await watcher.value
      try requireEqual(batches.map(\.changes.count), Array(repeating: 2, count: 20), "two changes a batch")
      try requireEqual(batches.map(\.revision), batches.map(\.revision).sorted(), "revisions ascend")
      let values = batches.flatMap { $0.changes.map(value) }
      try requireEqual(values, (UInt8(0)..<20).flatMap { [$0, $0] }, "nothing is missing, doubled or out of order")
      try requireEqual(batches[0].changes.map(\.key.text), ["w/a", "w/b"], "keys are in order")
    },

    StateStoreCheck(name: "a watch resumes where it left") { fixture in
      let (store, prefix) = (fixture.store, try StatePrefix("w/"))
      let start = try await store.put(StateKey("before"), [])
      for number in UInt8(0)..<10 { try await store.put(prefix.key("\(number)"), [number]) }
      try await store.delete(prefix.key("0"))
      let all = try await take(11, from: store.watch(prefix, after: start))
      try requireEqual(all.last?.changes, [.deleted(try prefix.key("0"))], "a deletion is shown")
      for position in [0, 4, 9] {
        let resumed = try await take(10 - position, from: store.watch(prefix, after: all[position].revision))
        try requireEqual(resumed, Array(all[(position + 1)...]), "resuming after batch \(position)")
      }
    },

    StateStoreCheck(name: "a watch may begin in the future") { fixture in
      let now = try await fixture.store.put(StateKey("k"), [0])
      let watch = fixture.store.watch(.all, after: now.next)
      let watcher = Task { try await take(1, from: watch) }
      try await fixture.store.put(StateKey("k"), [1])
      try await fixture.store.put(StateKey("k"), [2])
      try requireEqual(try await watcher.value.first?.changes.map(value), [2], "earlier changes are left out")
    },

    StateStoreCheck(name: "a cancelled watch ends") { fixture in
      let watch = fixture.store.watch(.all, after: StoreRevision(1 << 40))
      let watcher = Task { try await take(1, from: watch) }
      watcher.cancel()
      do {
        _ = try await watcher.value
        throw ConformanceFailure(description: "a cancelled watch went on")
      } catch is CancellationError {}
    },

    StateStoreCheck(name: "compacted history is said to be gone") { fixture in
      let (store, key) = (fixture.store, try StateKey("k"))
      var revisions: [StoreRevision] = []
      for number in UInt8(0)..<10 { revisions.append(try await store.put(key, [number])) }
      try await store.compact(through: revisions[6])
      try await requireError(.compacted, "watching from before the compaction") {
        _ = try await take(1, from: store.watch(.all, after: revisions[2]))
      }
      let kept = try await take(3, from: store.watch(.all, after: revisions[6]))
      try requireEqual(kept.flatMap { $0.changes.map(value) }, [7, 8, 9], "later history is kept")
      try requireEqual(try await store.get(key)?.version, 10, "entries outlive their history")
    },
  ]
}

/// The first `count` batches.
func take(_ count: Int, from watch: StateWatch) async throws -> [StateChangeBatch] {
  var batches: [StateChangeBatch] = []
  guard count > 0 else { return [] }
  for try await batch in watch {
    batches.append(batch)
    if batches.count == count { break }
  }
  return batches
}

private func value(_ change: StateChange) -> UInt8? {
  if case .put(let entry) = change { entry.value.first } else { nil }
}
