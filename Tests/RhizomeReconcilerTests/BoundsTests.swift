import RhizomeModel
import RhizomeStateStore
import Testing

@testable import RhizomeReconciler

private let noon = Timestamp(milliseconds: 1_767_268_800_000)

@Suite("What is remembered stays small")
struct BoundsTests {
  private func gone(_ name: String, at moment: Int64) -> (Address, [ResolvedDrift]) {
    let entry = DriftEntry(address: Address(.user, name), kind: .missing, policy: .heal)
    return (entry.address, [ResolvedDrift(entry: entry, resolvedAt: noon + moment, ending: .healed)])
  }

  @Test("what went away longest ago is forgotten first, a tenth at a time")
  func surplus() {
    let eleven = Dictionary(uniqueKeysWithValues: (0..<11).map { gone("u\($0)", at: Int64($0)) })
    #expect(DriftMemory.surplus(eleven, capacity: 10) == [])
    let twelve = eleven.merging([gone("late", at: 100)]) { $1 }
    #expect(DriftMemory.surplus(twelve, capacity: 10) == [Address(.user, "u0"), Address(.user, "u1")])
    #expect(DriftMemory.surplus([:], capacity: 10) == [])
  }

  @Test("a start forgets what an earlier version kept beyond that")
  func start() async throws {
    let rig = Rig()
    let table = RecordTable<[ResolvedDrift]>(rig.store, prefix: try StatePrefix(RecordPlaces.resolvedDrift))
    for number in 0..<1_150 {
      let (address, items) = gone("u\(number)", at: Int64(number))
      try await table.put(address.description, items)
    }
    let reconciler = try rig.makeReconciler()
    try await reconciler.load()
    #expect(await reconciler.resolvedDrift(since: noon + -1).count == DriftMemory.resolvedResources)
    let kept = try await table.all().records.map(\.name)
    #expect(kept.count == DriftMemory.resolvedResources && !kept.contains("User/u149") && kept.contains("User/u150"))
  }

  @Test("each time that a difference went away knows how many there were")
  func counted() {
    let items = gone("alice", at: 0).1 + gone("alice", at: 5).1
    #expect(DriftMemory.counted(items).map(\.entry.timesSeen) == [1, 2])
  }

  @Test("actions are counted by revision and kind, and those that failed")
  func tally() {
    let action = { (revision: Int, verb: Action.Verb, error: String?) in
      ActionRecord(
        revision: revision,
        verb: verb,
        address: Address(.user, "alice"),
        changes: [],
        startedAt: noon,
        duration: 1,
        error: error
      )
    }
    var tally = ActionTally([action(1, .create, nil), action(1, .create, nil), action(2, .update, "no answer")])
    tally.add(action(2, .update, nil))
    #expect(tally[1] == ["create": 2] && tally[2] == ["failed": 1, "update": 1] && tally[3] == [:])
  }

  @Test("the log of actions is read once, and counted along after that")
  func tallyFollows() throws {
    try withReconciler { rig, reconciler in
      let first = try await rig.apply(Sample.all, to: reconciler)
      _ = try await reconciler.outcome(of: first.revision)
      #expect(try await reconciler.actionCounts()[first.revision]["create", default: 0] >= Sample.all.count)
      #expect(await reconciler.actionTally != nil)
      let second = try await rig.apply(Array(Sample.all.dropLast()), to: reconciler, options: PlanOptions(prune: true))
      _ = try await reconciler.outcome(of: second.revision)
      let counted = try await reconciler.actionCounts()
      #expect(counted[second.revision] != [:])
      #expect(counted == ActionTally(try await reconciler.ledger.actions.records()))
    }
  }
}
