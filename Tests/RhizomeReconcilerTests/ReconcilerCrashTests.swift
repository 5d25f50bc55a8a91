import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Testing

/// What a process that dies, or an answer that is lost, leaves behind.
@Suite struct ReconcilerCrashTests {
  private let site = Address(.bucket, "site")
  private let alice = Address(.user, "alice")

  @Test func aCrashBetweenPerformAndRecordDuplicatesNothing() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        let site = site
        rig.answer { call in
          if call == .perform(.create, site) { rig.store.set(.refusing) }
          return .init()
        }
        try await rig.apply([Sample.bucket()], to: reconciler)
        try await rig.sleep(.milliseconds(1))
      }
      #expect(rig.storage.engine.objects.count == 1)
      #expect(try await Inventory(rig.store).get(site) == nil)
      rig.answer { _ in .init() }
      rig.store.set(.working)
      try await live(rig) { rig, reconciler in
        try await rig.sleep(.seconds(1))
        #expect(try await reconciler.outcome(of: 1)?.step == .converged)
        #expect(rig.storage.engine.objects.count == 1)
        let prior = try await Inventory(rig.store).load()
        #expect(prior.records[site]?.engineID == "1")
        #expect(prior.intents.isEmpty)
      }
    }
  }

  @Test func whatACrashLeftBehindAndNobodyDeclaresAnyMoreIsNotLostSightOf() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        let alice = alice
        rig.answer { call in
          if call == .perform(.create, alice) { rig.store.set(.refusing) }
          return .init()
        }
        try await rig.apply([Sample.alice], to: reconciler)
        try await rig.sleep(.milliseconds(1))
      }
      rig.answer { _ in .init() }
      rig.store.set(.working)
      try await live(rig) { rig, reconciler in
        let receipt = try await rig.apply([Sample.key], to: reconciler)
        _ = try await reconciler.outcome(of: receipt.revision)
        #expect(try await Inventory(rig.store).get(alice) != nil)
        #expect(rig.directory.engine.object(alice) != nil)
        let pruned = try await rig.apply([Sample.key], to: reconciler, options: PlanOptions(prune: true))
        _ = try await reconciler.outcome(of: pruned.revision)
        #expect(rig.directory.engine.object(alice) == nil)
      }
    }
  }

  @Test func aCrashBetweenDeletingAndRecordingIsForgottenAfterwards() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        let receipt = try await rig.apply([Sample.alice, Sample.key], to: reconciler)
        _ = try await reconciler.outcome(of: receipt.revision)
        let alice = alice
        rig.answer { call in
          if call == .perform(.delete, alice) { rig.store.set(.refusing) }
          return .init()
        }
        try await rig.apply([Sample.key], to: reconciler, options: PlanOptions(prune: true))
        try await rig.sleep(.milliseconds(1))
      }
      #expect(rig.directory.engine.objects.isEmpty)
      rig.store.set(.working)
      try await live(rig) { rig, reconciler in
        try await rig.sleep(.seconds(10))
        let prior = try await Inventory(rig.store).load()
        #expect(prior.records[alice] == nil && prior.intents.isEmpty)
        #expect(await reconciler.status(of: alice) == nil)
      }
    }
  }

  @Test func aLostAnswerIsFoundToHaveHappened() throws {
    try withReconciler { rig, reconciler in
      rig.answer { if case .perform = $0 { .lostAnswer } else { .init() } }
      let receipt = try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.milliseconds(10))
      rig.answer { _ in .init() }
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
      #expect(rig.storage.engine.objects.count == 1)
    }
  }

  @Test func aStateStoreThatFailsBeforeTheIntentLetsNothingHappen() throws {
    try withReconciler { rig, reconciler in
      let first = try await rig.apply([Sample.key], to: reconciler)
      _ = try await reconciler.outcome(of: first.revision)
      if let object = rig.storage.engine.objects.first { rig.storage.engine.remove(object.id) }
      rig.store.set(.refusing)
      try await rig.sleep(.seconds(300))
      #expect(rig.storage.engine.objects.isEmpty)
      rig.store.set(.working)
      try await rig.sleep(.seconds(300))
      #expect(rig.storage.engine.objects.count == 1)
    }
  }
}
