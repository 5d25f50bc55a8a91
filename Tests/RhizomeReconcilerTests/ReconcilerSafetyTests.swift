import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Testing

@Suite struct ReconcilerSafetyTests {
  private let site = Address(.bucket, "site")
  private let alice = Address(.user, "alice")
  private let mark = OwnershipMark(clusterID: Rig.clusterID, address: Address(.bucket, "site"))

  // MARK: Crashes

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

  // MARK: Deleting

  @Test func whatIsNoLongerDeclaredStaysUntilItIsPruned() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply(Sample.all, to: reconciler)
      try await rig.sleep(.seconds(5))
      try await rig.apply([Sample.key, Sample.bucket(), Sample.grant], to: reconciler)
      try await rig.sleep(.seconds(300))
      #expect(rig.directory.engine.objects.count == 2)
      #expect(await reconciler.status(of: alice)?[.ready]?.reason == "Kept")
      let pruned = try await rig.apply(
        [Sample.key, Sample.bucket(), Sample.grant],
        to: reconciler,
        options: PlanOptions(prune: true, allowDeletions: 2)
      )
      #expect(try await reconciler.outcome(of: pruned.revision)?.step == .converged)
      #expect(rig.directory.engine.objects.isEmpty)
      // The group needs the user, so it goes first.
      #expect(
        rig.directory.performed.suffix(2) == [.perform(.delete, Sample.admins.address), .perform(.delete, alice)]
      )
      #expect(await reconciler.status(of: alice) == nil)
    }
  }

  @Test func aRefusedPlanChangesNothing() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply(Sample.all, to: reconciler)
      try await rig.sleep(.seconds(5))
      let performed = rig.storage.performed.count
      await #expect(throws: ApplyError.self) {
        try await rig.apply([], to: reconciler, options: PlanOptions(prune: true))
      }
      try await rig.sleep(.seconds(300))
      #expect(rig.storage.performed.count == performed)
      #expect(try await reconciler.revisions().last?.number == 1)
    }
  }

  @Test func whatShallGoAndCannotBeLookedAtGoesOnceItCan() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply(Sample.all, to: reconciler)
      try await rig.sleep(.seconds(5))
      rig.answer { if case .observe = $0 { .init(unknown: "no route") } else { .init() } }
      let rest = [Sample.key, Sample.bucket(), Sample.grant]
      let plan = try await rig.apply(rest, to: reconciler, options: PlanOptions(prune: true, allowDeletions: 2)).plan
      #expect(plan.count(.delete) == 0 && plan.unknown.contains { $0.address == alice && $0.isRemoval })
      try await rig.sleep(.seconds(3_600))
      #expect(rig.directory.engine.objects.count == 2)
      #expect(await reconciler.status(of: Address(.group, "staff"))?[.ready]?.state == .unknown)
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(3_600))
      #expect(rig.directory.engine.objects.isEmpty)
    }
  }

  @Test func whatNobodyAllowedToGoStaysWhenItCanBeLookedAtAgain() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply(Sample.all, to: reconciler)
      try await rig.sleep(.seconds(5))
      rig.answer { if case .observe = $0 { .init(unknown: "no route") } else { .init() } }
      let plan = try await rig.apply([Sample.key, Sample.bucket(), Sample.grant], to: reconciler).plan
      #expect(plan.unknown.contains { $0.address == alice && !$0.isRemoval })
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(3_600))
      #expect(rig.directory.engine.objects.count == 2)
    }
  }

  @Test func whatIsDeletedByNameStaysAwayAlsoAfterARestart() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        _ = try await rig.apply(Sample.all, to: reconciler)
        try await rig.sleep(.seconds(5))
        await #expect(throws: ApplyError.self) { _ = try await reconciler.delete([alice], author: "tester") }
        let receipt = try await reconciler.delete([alice, Sample.admins.address], author: "tester")
        rig.remember(receipt.revision, Sample.all)
        #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
        #expect(rig.directory.engine.objects.isEmpty)
      }
      try await live(rig) { rig, reconciler in
        try await rig.sleep(.seconds(300))
        #expect(rig.directory.engine.objects.isEmpty)
        let receipt = try await rig.apply(Sample.all, to: reconciler)
        #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
        #expect(rig.directory.engine.objects.count == 2)
      }
    }
  }

  @Test func deletingABucketByNameTakesItsGrantsWithIt() throws {
    try withReconciler { rig, reconciler in
      let bucket = Sample.bucket()
      _ = try await rig.apply([Sample.key, bucket, Sample.grant], to: reconciler)
      try await rig.sleep(.seconds(5))
      if let object = rig.storage.engine.object(site) {
        rig.storage.engine.change(object.id) { $0.facts["objects"] = 0 }
      }
      let receipt = try await reconciler.delete([site], author: "tester")
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
      #expect(rig.storage.engine.objects.map(\.address) == [Sample.key.address])
    }
  }

  // MARK: What is not ours

  @Test func aForeignObjectOfTheSameNameIsLeftAlone() throws {
    try withReconciler { rig, reconciler in
      rig.storage.engine.add(site, ["quotas": ["size": 5]])
      let receipt = try await rig.apply([Sample.bucket()], to: reconciler)
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .stuck([site]))
      #expect(await reconciler.status(of: site)?[.stalled]?.state == .true)
      try await rig.sleep(.seconds(600))
      #expect(rig.storage.performed.isEmpty)
      let adopting = Sample.bucket(policies: Policies(adopts: true))
      let adopted = try await rig.apply([adopting], to: reconciler)
      #expect(try await reconciler.outcome(of: adopted.revision)?.step == .converged)
      #expect(rig.storage.performed == [.perform(.adopt, site), .perform(.update, site)])
      #expect(rig.storage.engine.objects.map(\.mark) == [mark])
    }
  }

  @Test func foreignObjectsAreReportedWithSinceWhen() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.key], to: reconciler)
      rig.storage.engine.add(Address(.bucket, "stray"), [:])
      let before = rig.time.now
      let first = try await reconciler.driftReport(refresh: true)
      #expect(first.map(\.kind) == [.extra])
      try await rig.sleep(.seconds(600))
      let later = try await reconciler.driftReport(refresh: true)
      #expect(later.map(\.since) == [before])
    }
  }

  // MARK: Drift

  private func change(_ rig: Rig, to size: Int64) {
    guard let object = rig.storage.engine.object(site) else { return }
    rig.storage.engine.change(object.id) { $0.attributes = ["quotas": ["size": .integer(size)]] }
  }

  private func size(_ rig: Rig) -> Int64? { rig.storage.engine.object(site)?.attributes["quotas"]["size"].integer }

  @Test func driftIsHealedAndTold() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(5))
      change(rig, to: 99)
      try await rig.sleep(.seconds(120))
      #expect(size(rig) == 10)
      let reasons = try await collect(reconciler.events(since: 0, follow: false)).map(\.reason)
      #expect(reasons.contains("DriftFound") && reasons.contains("DriftHealed"))
      #expect(try await reconciler.driftReport(refresh: false).isEmpty)
    }
  }

  /// The engine writes whole objects, as the LDAP driver does.
  @Test func aFieldThatIsToldOnlyIsLeftWhenAnotherIsHealed() throws {
    let policies = Policies(fieldDrift: [FieldPath(["quotas", "objects"]): .report])
    let bucket = Resource(site, attributes: ["quotas": ["size": 10, "objects": 5]], policies: policies)
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([bucket], to: reconciler)
      try await rig.sleep(.seconds(5))
      let object = try #require(rig.storage.engine.object(site))
      rig.storage.engine.change(object.id) { $0.attributes = ["quotas": ["size": 10, "objects": 7]] }
      try await rig.sleep(.seconds(120))
      let since = try await reconciler.driftReport(refresh: false).map(\.since)
      rig.storage.engine.change(object.id) { $0.attributes = ["quotas": ["size": 99, "objects": 7]] }
      let found = try await reconciler.driftReport(refresh: true)
      #expect(found.map(\.field?.description) == ["quotas.objects", "quotas.size"])
      #expect(found.map(\.policy) == [.report, .heal])
      try await rig.sleep(.seconds(120))
      #expect(rig.storage.engine.object(site)?.attributes == ["quotas": ["size": 10, "objects": 7]])
      let left = try await reconciler.driftReport(refresh: false)
      #expect(left.map(\.field?.description) == ["quotas.objects"])
      #expect(left.map(\.since) == since && left.map(\.timesSeen) == [1])
      let resolved = await reconciler.resolvedDrift(since: Timestamp(milliseconds: 0))
      #expect(resolved.map(\.entry.field?.description) == ["quotas.size"] && resolved.map(\.ending) == [.healed])
      #expect(await reconciler.status(of: site)?[.ready]?.reason == "Drifted")
    }
  }

  @Test func whatIsGoneIsToldWithTheRevisionInWhichItWasMade() throws {
    try withReconciler { rig, reconciler in
      let policies = Policies(drift: .report)
      for size in [10, 20, 30] as [Int64] {
        _ = try await rig.apply([Sample.bucket(size: size, policies: policies)], to: reconciler)
        try await rig.sleep(.seconds(5))
      }
      let object = try #require(rig.storage.engine.object(site))
      rig.storage.engine.remove(object.id)
      let entries = try await reconciler.driftReport(refresh: true)
      #expect(entries.map(\.detail) == ["it was made in revision 1 and is gone"])
      let receipt = try await rig.apply(
        [Sample.bucket(size: 30, policies: policies), Resource(Address(.user, "zoe"), attributes: [:])],
        to: reconciler
      )
      let last = try await collect(reconciler.progress(revision: receipt.revision)).last?.message
      #expect(last?.hasPrefix("Everything is done. Not as declared, and left so by the drift policy: Bucket/") == true)
    }
  }

  @Test func reportedDriftStaysAndKeepsItsMomentOverARestart() throws {
    let rig = Rig()
    let bucket = Sample.bucket(policies: Policies(drift: .report))
    try runInVirtualTime(rig.time.clock) {
      let since = try await live(rig) { rig, reconciler in
        _ = try await rig.apply([bucket], to: reconciler)
        try await rig.sleep(.seconds(5))
        change(rig, to: 99)
        try await rig.sleep(.seconds(120))
        #expect(size(rig) == 99)
        #expect(await reconciler.status(of: site)?[.ready]?.reason == "Drifted")
        return try await reconciler.driftReport(refresh: false).first?.since
      }
      #expect(since != nil)
      try await live(rig) { rig, reconciler in
        try await rig.sleep(.seconds(120))
        let entries = try await reconciler.driftReport(refresh: true)
        #expect(entries.map(\.since) == [since])
        #expect(entries.first?.field?.description == "quotas.size")
        #expect(entries.first?.observed == 99 && entries.first?.prior == 10)
        change(rig, to: 10)
        try await rig.sleep(.seconds(120))
        #expect(try await reconciler.driftReport(refresh: false).isEmpty)
        #expect(await reconciler.status(of: site)?[.ready]?.state == .true)
      }
    }
  }

  @Test func aFreshReportTellsDriftAndLeavesItToBeWritten() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        try await rig.apply([Sample.bucket(policies: Policies(drift: .report))], to: reconciler)
        try await rig.sleep(.seconds(5))
        change(rig, to: 99)
        #expect(try await reconciler.driftReport(refresh: true).map(\.kind) == [.changed])
        try await rig.sleep(.seconds(1))
        let events = try await collect(reconciler.events(since: 0, follow: false))
        #expect(events.count { $0.reason == "DriftFound" } == 1)
      }
      let stored = try await Ledger(rig.store).load().drift
      #expect(stored[site]?.map(\.kind) == [.changed])
    }
  }

  /// Before the current revision is read, nothing seems to be declared; that must not read as in sync.
  @Test func whoAsksWhileTheRevisionIsReadWaitsForIt() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        try await rig.apply([Sample.bucket(policies: Policies(drift: .report))], to: reconciler)
        try await rig.sleep(.seconds(5))
        change(rig, to: 99)
      }
      rig.beforeLoading { try await rig.sleep(.seconds(30)) }
      try await live(rig) { rig, reconciler in
        let kinds = try await reconciler.driftReport(refresh: true).map(\.kind)
        #expect(kinds == [.changed])
      }
      try await live(rig) { rig, reconciler in
        let desired = try await reconciler.snapshot().desired
        #expect(desired.resources[site] != nil)
      }
    }
  }

  @Test func aRevisionThatCannotBeReadIsNeverInSync() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      _ = try await live(rig) { rig, reconciler in try await rig.apply([Sample.bucket()], to: reconciler) }
      rig.beforeLoading { throw DriverError(.unavailable, "no key") }
      try await live(rig) { rig, reconciler in
        await #expect(throws: ApplyError.self) { try await reconciler.driftReport(refresh: true) }
        await #expect(throws: ApplyError.self) { try await reconciler.snapshot() }
        try await rig.apply([Sample.bucket(size: 20)], to: reconciler)
        #expect(try await reconciler.driftReport(refresh: true).isEmpty)
      }
    }
  }

  @Test func aRefusedApplyAtTheStartLeavesTheCurrentRevisionRunning() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        try await rig.apply([Sample.bucket()], to: reconciler)
        try await rig.sleep(.seconds(5))
      }
      rig.beforeLoading { try await rig.sleep(.seconds(1)) }
      rig.answer { _ in .init(delay: .seconds(3)) }
      try await live(rig) { rig, reconciler in
        let empty = DesiredState(clusterName: "plant", source: "test", resources: [])
        await #expect(throws: ApplyError.self) {
          try await rig.apply(empty, to: reconciler, options: PlanOptions(prune: true))
        }
        change(rig, to: 99)
        try await rig.sleep(.seconds(120))
        #expect(size(rig) == 10)
      }
    }
  }

  /// A look at everything takes as long as its slowest engine; what another engine made meanwhile is not missing.
  @Test func whatIsMadeDuringALookIsNotMissing() throws {
    try withReconciler { rig, reconciler in
      rig.answer { call in
        switch call {
        case .observe(let addresses) where addresses.contains(alice): .init(delay: .seconds(5))
        case .observe: .init()
        case .perform: .init(delay: .seconds(1))
        }
      }
      try await rig.apply([Sample.bucket(), Sample.alice], to: reconciler)
      let entries = try await reconciler.driftReport(refresh: true)
      #expect(entries == [])
      #expect(size(rig) == 10)
    }
  }

  @Test func ignoredDriftIsNeitherHealedNorTold() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.bucket(policies: Policies(drift: .ignore))], to: reconciler)
      try await rig.sleep(.seconds(5))
      change(rig, to: 99)
      try await rig.sleep(.seconds(120))
      #expect(size(rig) == 99)
      #expect(try await reconciler.driftReport(refresh: true).isEmpty)
    }
  }

  // MARK: Plans

  @Test func whatNoDriverCaresForIsNotKnownToBeThere() throws {
    try withReconciler { rig, reconciler in
      try await rig.sleep(.seconds(1))
      let mapping = Resource(Address(.portMapping, "home.tcp-443"), attributes: .map([:]))
      let plan = try await reconciler.preview(desired: Rig.state([mapping]))
      #expect(
        !plan.actions.contains { $0.address == mapping.address } && plan.unknown.map(\.address) == [mapping.address]
      )
      #expect(plan.unknown.first?.reason.contains("No driver is configured for it") == true)
    }
  }

  @Test func aPreviewWritesNothing() throws {
    try withReconciler { rig, reconciler in
      try await rig.sleep(.seconds(1))
      let plan = try await reconciler.preview(desired: Rig.state(Sample.all))
      #expect(plan.count(.create) == 6)
      #expect(rig.store.transactions.isEmpty && rig.storage.performed.isEmpty)
    }
  }

  @Test func aSavedPlanRunsOnlyWhileItStillFits() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(5))
      let bigger = [Sample.bucket(size: 20)]
      let saved = try await reconciler.preview(desired: Rig.state(bigger))
      #expect(saved.actions.map(\.changes.count) == [1])
      if let object = rig.storage.engine.object(site) { rig.storage.engine.remove(object.id) }
      let error = await #expect(throws: ApplyError.self) {
        try await rig.apply(bigger, to: reconciler, expectedPlan: saved)
      }
      #expect(
        error.map { "\($0)".contains("Bucket/site was to be updated (quotas.size), and is now to be created") } == true
      )
      let fresh = try await reconciler.preview(desired: Rig.state(bigger))
      let receipt = try await rig.apply(bigger, to: reconciler, expectedPlan: fresh)
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
      #expect(size(rig) == 20)
    }
  }
}

// MARK: - Found by simulation

@Suite struct ReconcilerRegressionTests {
  private let site = Address(.bucket, "site")
  private let alice = Address(.user, "alice")

  private func object(_ driver: MockDriver, _ address: Address) -> MockEngine.Object? { driver.engine.object(address) }

  /// A look at everything said that nothing was to do; by the time of the pass there was.
  @Test func anActionRestsOnALookOfItsOwn() throws {
    try withReconciler { rig, reconciler in
      let stranger = rig.storage.engine.add(site, [:])
      try await rig.apply([Sample.key, Sample.bucket(), Sample.grant], to: reconciler)
      try await rig.sleep(.seconds(30))
      rig.storage.engine.remove(stranger.id)
      try await rig.sleep(.seconds(120))
      let calls = rig.storage.calls
      let created = calls.firstIndex(of: .perform(.create, Sample.grant.address))
      let looked = calls.lastIndex { $0 == .observe([Sample.grant.address]) }
      #expect(created != nil && looked.map { $0 + 1 } == created)
    }
  }

  /// The answer to a deletion was lost, and then it was declared again, with a policy that leaves alone what others do.
  @Test func whatWeDeletedOurselvesIsNotTakenForDrift() throws {
    let user = Resource(alice, attributes: ["displayName": "Alice"], policies: Policies(drift: .report))
    try withReconciler { rig, reconciler in
      try await rig.apply([Sample.key, user], to: reconciler)
      try await rig.sleep(.seconds(5))
      let alice = alice
      rig.answer { $0 == .perform(.delete, alice) ? .lostAnswer : .init() }
      _ = try await reconciler.delete([alice], author: "tester")
      try await rig.sleep(.milliseconds(1))
      #expect(object(rig.directory, alice) == nil)
      try await rig.apply([Sample.key, user], to: reconciler)
      try await rig.sleep(.seconds(5))
      #expect(object(rig.directory, alice) != nil)
    }
  }

  /// The answer to an update was lost, and then the old value was declared again.
  @Test func whatWeChangedOurselvesIsNotTakenForDrift() throws {
    let policies = Policies(drift: .report)
    try withReconciler { rig, reconciler in
      try await rig.apply([Sample.bucket(size: 10, policies: policies)], to: reconciler)
      try await rig.sleep(.seconds(5))
      let site = site
      rig.answer { $0 == .perform(.update, site) ? .lostAnswer : .init() }
      try await rig.apply([Sample.bucket(size: 20, policies: policies)], to: reconciler)
      try await rig.sleep(.milliseconds(1))
      #expect(object(rig.storage, site)?.attributes["quotas"]["size"] == 20)
      rig.answer { _ in .init() }
      try await rig.apply([Sample.bucket(size: 10, policies: policies)], to: reconciler)
      try await rig.sleep(.seconds(5))
      #expect(object(rig.storage, site)?.attributes["quotas"]["size"] == 10)
    }
  }

  /// We were about to make it, failed, and somebody else made one of that name: in an engine that marks what is ours.
  @Test func anOpenIntentDoesNotClaimAStranger() throws {
    try withReconciler { rig, reconciler in
      rig.answer { if case .perform = $0 { .failing(.unavailable) } else { .init() } }
      try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(5))
      let stranger = rig.storage.engine.add(site, [:])
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(300))
      #expect(rig.storage.engine.objects == [stranger])
      #expect(await reconciler.status(of: site)?[.stalled]?.state == .true)
      #expect(try await Inventory(rig.store).load().intents.isEmpty)
    }
  }

  /// Made by a life that died, refused when it was to be taken over, and then no longer declared.
  @Test func aRefusedTakeoverIsNotLostSightOf() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      rig.directory.engine.add(
        alice,
        ["displayName": "Alice"],
        mark: OwnershipMark(clusterID: Rig.clusterID, address: alice)
      )
      try await live(rig) { rig, reconciler in
        let alice = alice
        rig.answer { $0 == .perform(.adopt, alice) ? .failing(.refused) : .init() }
        try await rig.apply([Sample.key, Sample.alice], to: reconciler)
        try await rig.sleep(.seconds(5))
        rig.answer { _ in .init() }
        let receipt = try await rig.apply([Sample.key], to: reconciler)
        _ = try await reconciler.outcome(of: receipt.revision)
        #expect(try await Inventory(rig.store).get(alice) != nil)
      }
    }
  }

  /// A grant that was taken back while its engine could not be looked at.
  @Test func whatFollowedFromADeclarationGoesWithItsEditEvenWhenItWasUnknown() throws {
    try withReconciler { rig, reconciler in
      try await rig.apply([Sample.key, Sample.bucket(), Sample.grant], to: reconciler)
      try await rig.sleep(.seconds(5))
      rig.answer { if case .observe = $0 { .init(unknown: "no route") } else { .init() } }
      try await rig.apply([Sample.key, Sample.bucket()], to: reconciler)
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(120))
      #expect(object(rig.storage, Sample.grant.address) == nil)
      #expect(object(rig.storage, site) != nil)
    }
  }
}
