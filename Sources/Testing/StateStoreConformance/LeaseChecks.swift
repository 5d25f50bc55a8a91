internal import RhizomeStateStore

extension StateStoreCheck {
  static let leases: [StateStoreCheck] = [
    StateStoreCheck(name: "keys vanish with their lease, in one transaction") { fixture in
      let (store, prefix) = (fixture.store, try StatePrefix("node/"))
      let lease = try await store.grantLease(timeToLive: .seconds(2))
      try require(lease.timeToLive >= .seconds(2), "a lease lives as long as asked for")
      try await store.put(prefix.key("a"), [1], lease: lease.id)
      let attached = try await store.put(prefix.key("b"), [2], lease: lease.id)
      try await store.put(prefix.key("free"), [3])
      try requireEqual(try await store.get(prefix.key("a"))?.lease, lease.id, "an entry names its lease")
      let watcher = Task { try await take(1, from: store.watch(prefix, after: attached.next)) }
      try await fixture.advance(lease.timeToLive + .seconds(1))
      let batch = try await watcher.value[0]
      try requireEqual(batch.changes, [.deleted(try prefix.key("a")), .deleted(try prefix.key("b"))], "both at once")
      try requireEqual(try await store.list(prefix).entries.map(\.key.text), ["node/free"], "the others stay")
      try await requireError(.leaseNotFound, "keeping an expired lease alive") { try await store.keepAlive(lease.id) }
    },

    StateStoreCheck(name: "a lease kept alive lives on") { fixture in
      let (store, key) = (fixture.store, try StateKey("alive"))
      let lease = try await store.grantLease(timeToLive: .seconds(4))
      try await store.put(key, [1], lease: lease.id)
      for _ in 0..<4 {
        try await fixture.advance(.seconds(2))
        try await store.keepAlive(lease.id)
      }
      try require(try await store.get(key) != nil, "the key is there as long as its lease is renewed")
      try await fixture.advance(lease.timeToLive + .seconds(1))
      try await eventually("the key vanishes afterwards") { try await store.get(key) == nil }
    },

    StateStoreCheck(name: "a revoked lease takes its keys along") { fixture in
      let (store, key) = (fixture.store, try StateKey("held"))
      let lease = try await store.grantLease(timeToLive: .seconds(60))
      try await store.put(key, [1], lease: lease.id)
      try await store.revoke(lease.id)
      try requireEqual(try await store.get(key), nil, "gone at once")
      try await requireError(.leaseNotFound, "revoking twice") { try await store.revoke(lease.id) }
      try await requireError(.leaseNotFound, "writing under a revoked lease") {
        try await store.transact(then: [.put(StateKey("other"), [1]), .put(key, [1], lease: lease.id)])
      }
      try requireEqual(try await store.list(.all).entries, [], "a refused transaction writes nothing")
    },

    StateStoreCheck(name: "writing without the lease frees a key from it") { fixture in
      let (store, key) = (fixture.store, try StateKey("freed"))
      let lease = try await store.grantLease(timeToLive: .seconds(60))
      try await store.put(key, [1], lease: lease.id)
      try await store.put(key, [2])
      try await store.revoke(lease.id)
      try requireEqual(try await store.get(key)?.value, [2], "the key no longer hangs on the lease")
    },

    StateStoreCheck(name: "leases out of range are refused") { fixture in
      for timeToLive in [Duration.zero, .seconds(-1), .seconds(86_401)] {
        try await requireError(.invalidLease, "a lease of \(timeToLive)") {
          _ = try await fixture.store.grantLease(timeToLive: timeToLive)
        }
      }
    },
  ]
}
