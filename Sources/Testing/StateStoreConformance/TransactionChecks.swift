internal import RhizomeStateStore

extension StateStoreCheck {
  static let transactions: [StateStoreCheck] = [
    StateStoreCheck(name: "conditions decide") { fixture in
      let (store, key) = (fixture.store, try StateKey("k"))
      let other = try StateKey("other")
      let revision = try await store.put(key, [1])
      let refused: [StateCondition] = [
        .absent(key), .modified(key, at: StoreRevision(revision.number + 7)), .present(other),
        .modified(other, at: revision),
      ]
      for condition in refused {
        let result = try await store.transact(if: [condition], then: [.put(key, [9])])
        try require(!result.isCommitted, "\(condition) must not hold")
        try requireEqual(result.revision, revision, "a refused transaction makes no revision")
      }
      try requireEqual(try await store.get(key)?.value, [1], "a refused transaction writes nothing")
      let met: [StateCondition] = [.present(key), .modified(key, at: revision), .absent(other)]
      let result = try await store.transact(if: met, then: [.put(key, [2])])
      try requireEqual(result, .committed(revision.next), "all conditions hold")
    },

    StateStoreCheck(name: "a conflict shows what is there") { fixture in
      let (present, missing) = (try StateKey("present"), try StateKey("missing"))
      try await fixture.store.put(present, [1])
      let result = try await fixture.store.transact(if: [.absent(present), .absent(missing)], then: [])
      guard case .conflict(_, let current) = result else {
        throw ConformanceFailure(description: "a present key must conflict with absent")
      }
      try requireEqual(current.keys.map(\.text), ["present"], "only present keys are shown")
      try requireEqual(current[present]?.value, [1], "the present value is shown")
    },

    StateStoreCheck(name: "several keys change in one revision") { fixture in
      let store = fixture.store
      let (a, b, c) = (try StateKey("m/a"), try StateKey("m/b"), try StateKey("c"))
      let before = try await store.put(c, [1])
      let result = try await store.transact(then: [.put(a, [1]), .put(b, [2]), .delete(c)])
      try requireEqual(result.revision, before.next, "one transaction is one revision")
      let snapshot = try await store.list(.all)
      try requireEqual(snapshot.entries.map(\.key), [a, b], "all operations were applied")
      try require(snapshot.entries.allSatisfy { $0.modificationRevision == result.revision }, "at the same revision")
      let cleared = try await store.transact(then: [.deleteAll(StatePrefix("m/"))])
      try requireEqual(cleared.revision, result.revision.next, "removing many keys is one revision")
      try requireEqual(try await store.list(.all).entries, [], "everything below the prefix is gone")
    },

    StateStoreCheck(name: "what changes nothing makes no revision") { fixture in
      let revision = try await fixture.store.put(StateKey("k"), [1])
      let idle = try await fixture.store.transact(
        then: [.delete(StateKey("missing")), .deleteAll(StatePrefix("missing/"))]
      )
      try requireEqual(idle, .committed(revision), "deleting nothing keeps the revision")
      try requireEqual(try await fixture.store.transact(then: []), .committed(revision), "an empty transaction too")
    },

    StateStoreCheck(name: "transactions beyond the limits are refused") { fixture in
      let store = fixture.store
      let (key, prefix) = (try StateKey("p/k"), try StatePrefix("p/"))
      let many = try (0...StateStoreLimits.transactionItems).map { StateOperation.delete(try StateKey("k\($0)")) }
      let refused: [[StateOperation]] = [
        [.put(key, [1]), .put(key, [2])], [.put(key, [1]), .delete(key)], [.put(key, [1]), .deleteAll(prefix)],
        [.deleteAll(prefix), .deleteAll(.all)], many,
        [.put(key, Array(repeating: 0, count: StateStoreLimits.transactionBytes))],
      ]
      for operations in refused {
        try await requireError(.invalidTransaction, "\(operations.count) operations beyond the limits") {
          try await store.transact(then: operations)
        }
      }
      try requireEqual(try await store.list(.all).entries, [], "a refused transaction writes nothing")
    },
  ]
}
