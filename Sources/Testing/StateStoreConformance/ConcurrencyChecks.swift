internal import RhizomeStateStore

extension StateStoreCheck {
  static let concurrency: [StateStoreCheck] = [
    StateStoreCheck(name: "concurrent updates lose nothing") { fixture in
      let (store, key) = (fixture.store, try StateKey("counter"))
      let (tasks, rounds) = (8, 25)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<tasks {
          group.addTask {
            for _ in 0..<rounds { try await store.update(key) { Array(String(count(in: $0) + 1).utf8) } }
          }
        }
        try await group.waitForAll()
      }
      let entry = try await store.get(key)
      try requireEqual(count(in: entry?.value), tasks * rounds, "every increment counts")
      try requireEqual(entry?.version, Int64(tasks * rounds), "every increment is one write")
    },

    StateStoreCheck(name: "only one of many creators wins") { fixture in
      let (store, key) = (fixture.store, try StateKey("leader"))
      let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
        for candidate in UInt8(0)..<20 {
          group.addTask {
            let result = try await store.transact(if: [.absent(key)], then: [.put(key, [candidate])])
            return result.isCommitted ? candidate : nil
          }
        }
        return try await group.reduce(into: [UInt8]()) { winners, winner in if let winner { winners.append(winner) } }
      }
      try requireEqual(winners.count, 1, "one creator wins")
      try requireEqual(try await store.get(key)?.value, winners, "the winner's value is stored")
    },

    StateStoreCheck(name: "a list never shows half a transaction") { fixture in
      let (store, prefix) = (fixture.store, try StatePrefix("pair/"))
      let (left, right) = (try prefix.key("left"), try prefix.key("right"))
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for value in UInt8(0)..<100 { try await store.transact(then: [.put(left, [value]), .put(right, [value])]) }
        }
        group.addTask {
          for _ in 0..<100 {
            let snapshot = try await store.list(prefix)
            try require(Set(snapshot.entries.map(\.value)).count <= 1, "both keys change together")
            try require(snapshot.entries.allSatisfy { $0.modificationRevision <= snapshot.revision }, "no later entry")
          }
        }
        try await group.waitForAll()
      }
    },
  ]
}

private func count(in value: [UInt8]?) -> Int { Int(String(decoding: value ?? [], as: UTF8.self)) ?? 0 }
