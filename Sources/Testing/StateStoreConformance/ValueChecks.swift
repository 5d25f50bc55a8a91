internal import RhizomeStateStore

extension StateStoreCheck {
  static let values: [StateStoreCheck] = [
    StateStoreCheck(name: "an unknown key reads as nothing") { fixture in
      try requireEqual(try await fixture.store.get(StateKey("no/such")), nil, "get of an unknown key")
      try requireEqual(try await fixture.store.list(.all).entries, [], "list of an empty store")
    },

    StateStoreCheck(name: "values come back byte for byte") { fixture in
      let values: [[UInt8]] = [[], [0], Array(0...255), Array(repeating: 0xFF, count: 900_000)]
      for (index, value) in values.enumerated() {
        let key = try StateKey("value/\(index)")
        try await fixture.store.put(key, value)
        try require(try await fixture.store.get(key)?.value == value, "value \(index) changed on its way")
      }
    },

    StateStoreCheck(name: "revisions and versions count writes") { fixture in
      let (store, key) = (fixture.store, try StateKey("a"))
      let first = try await store.put(key, [1])
      let second = try await store.put(key, [2])
      try requireEqual(second, first.next, "each write is one revision")
      let entry = try await store.get(key)
      try requireEqual(entry?.creationRevision, first, "creation revision stays")
      try requireEqual(entry?.modificationRevision, second, "modification revision follows")
      try requireEqual(entry?.version, 2, "version counts writes")
      try await store.delete(key)
      let remade = try await store.put(key, [3])
      try requireEqual(try await store.get(key)?.creationRevision, remade, "a remade key is a new one")
      try requireEqual(try await store.get(key)?.version, 1, "a remade key begins at version 1")
    },

    StateStoreCheck(name: "a list holds what lies below the prefix, in order") { fixture in
      let names = ["b", "b/2", "b/10", "b/1", "bb/1", "b0", "c/1", "b/1/x", "b/~"]
      for name in names { try await fixture.store.put(StateKey(name), Array(name.utf8)) }
      let snapshot = try await fixture.store.list(StatePrefix("b/"))
      try requireEqual(snapshot.entries.map(\.key.text), ["b/1", "b/1/x", "b/10", "b/2", "b/~"], "keys below b/")
      try require(snapshot.entries.allSatisfy { $0.value == Array($0.key.text.utf8) }, "values belong to their keys")
      let all = try await fixture.store.list(.all)
      try requireEqual(all.entries.count, names.count, "the empty prefix means everything")
      let next = try await fixture.store.put(StateKey("z"), [])
      try requireEqual(next, all.revision.next, "a snapshot carries the store's revision")
    },
  ]
}
