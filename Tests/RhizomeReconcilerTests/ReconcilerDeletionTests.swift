import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Testing

/// What may go, and what stays; what is not ours.
@Suite struct ReconcilerDeletionTests {
  private let site = Address(.bucket, "site")
  private let alice = Address(.user, "alice")
  private let mark = OwnershipMark(clusterID: Rig.clusterID, address: Address(.bucket, "site"))

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

  /// It waits for its grant, and the grant stays because of it: of the two, it knows what a person can do.
  @Test func aBucketThatStillHoldsObjectsSaysSoWhileItWaitsForItsGrant() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.key, Sample.bucket(), Sample.grant], to: reconciler)
      try await rig.sleep(.seconds(5))
      try setObjects(3, rig)
      let receipt = try await rig.apply(
        [Sample.key],
        to: reconciler,
        options: PlanOptions(prune: true, allowDeletions: 2)
      )
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .stuck([site, Sample.grant.address]))
      try await rig.sleep(.seconds(600))
      let status = try #require(await reconciler.status(of: site))
      #expect(status[.ready]?.message.contains("still holds 3 objects") == true)
      #expect(status[.stalled]?.state == .true)
      try setObjects(0, rig)
      try await rig.sleep(.seconds(3_600))
      #expect(rig.storage.engine.objects.map(\.address) == [Sample.key.address])
    }
  }

  @Test func whatIsDeletedByNameIsToldSoAndPreviewedWithoutATrace() throws {
    try withReconciler { rig, reconciler in
      let first = try await rig.apply([Sample.key, Sample.bucket(), Sample.grant], to: reconciler)
      _ = try await reconciler.outcome(of: first.revision)
      try setObjects(0, rig)
      let calls = rig.storage.performed.count
      let plan = try await reconciler.previewDeletion([site])
      #expect(rig.storage.performed.count == calls)
      #expect(try await reconciler.revisions().count == 1)
      let reasons = Dictionary(plan.actions.map { ($0.address, $0.reason) }, uniquingKeysWith: { $1 })
      #expect(
        reasons == [site: "it was deleted by name", Sample.grant.address: "it goes with what was deleted by name"]
      )
      await #expect(throws: ApplyError.self, "a plan that nobody approved") {
        _ = try await reconciler.delete([site], author: "tester", expectedPlan: Plan(clusterName: "plant", actions: []))
      }
      let receipt = try await reconciler.delete([site], author: "tester", expectedPlan: plan)
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
      let messages = try await collect(reconciler.events(since: 0, follow: false)).map(\.message)
      #expect(messages.contains("Deleted: it was deleted by name."))
      #expect(!messages.contains { $0.contains("no longer declared") })
    }
  }

  @Test func eachCreationAndDeletionOfOneNameIsInTheEvents() throws {
    try withReconciler { rig, reconciler in
      let bucket = Sample.bucket()
      _ = try await rig.apply([Sample.key, bucket], to: reconciler)
      try await rig.sleep(.seconds(5))
      for _ in 0..<2 {
        try setObjects(0, rig)
        _ = try await reconciler.delete([site], author: "tester")
        try await rig.sleep(.seconds(5))
        _ = try await rig.apply([Sample.key, bucket], to: reconciler)
        try await rig.sleep(.seconds(5))
      }
      let events = try await collect(reconciler.events(since: 0, follow: false)).filter { $0.address == site }
      #expect(events.map(\.reason) == ["Created", "Deleted", "Created", "Deleted", "Created"])
    }
  }

  @Test func whatWasKeptIsDeletedByNameOnceItIsEmpty() throws {
    try withReconciler { rig, reconciler in
      let bucket = Sample.bucket(policies: Policies(deletion: .retain))
      let other = Resource(Address(.accessKey, "other"), attributes: ["displayName": "Other"])
      _ = try await rig.apply([Sample.key, other, bucket], to: reconciler)
      try await rig.sleep(.seconds(5))
      try setObjects(1, rig)
      let kept = try await reconciler.delete([site], author: "tester")
      #expect(kept.plan.actions.map(\.verb) == [.forget])
      #expect(try await reconciler.outcome(of: kept.revision)?.step == .converged)
      let plan = try await reconciler.previewDeletion([site])
      #expect(plan.actions.map(\.verb) == [.blocked])
      #expect(try await areKept(reconciler) == [true])
      try setObjects(0, rig)
      let gone = try await reconciler.delete([site], author: "tester")
      #expect(gone.plan.actions.map(\.verb) == [.delete])
      #expect(gone.plan.drift.isEmpty)
      #expect(try await reconciler.outcome(of: gone.revision)?.step == .converged)
      #expect(rig.storage.engine.object(site) == nil)
      #expect(try await areKept(reconciler) == [])
      await #expect(throws: ApplyError.self) { _ = try await reconciler.delete([site], author: "tester") }
    }
  }

  /// A bucket that waited for its grants was judged by what had been seen when it still held something.
  @Test func aBucketThatWasEmptiedGoesWithTheNextApply() throws {
    try withReconciler { rig, reconciler in
      let bucket = Sample.bucket(policies: Policies(deletion: .delete))
      _ = try await rig.apply([Sample.key, bucket, Sample.grant], to: reconciler)
      try await rig.sleep(.seconds(5))
      try setObjects(3, rig)
      let held = try await rig.apply([Sample.key], to: reconciler, options: PlanOptions(prune: true))
      _ = try await reconciler.outcome(of: held.revision)
      try await rig.sleep(.seconds(200))
      #expect(rig.storage.engine.object(site) != nil)
      try setObjects(0, rig)
      let gone = try await rig.apply([Sample.key], to: reconciler, options: PlanOptions(prune: true))
      #expect(try await reconciler.outcome(of: gone.revision)?.step == .converged)
      #expect(rig.storage.engine.object(site) == nil)
    }
  }

  @Test func whatIsNotOursIsNotDeletedByName() throws {
    try withReconciler { rig, reconciler in
      _ = try await rig.apply([Sample.key], to: reconciler)
      try await rig.sleep(.seconds(5))
      rig.storage.engine.add(site, ["quotas": ["size": 5]])
      await #expect(throws: ApplyError.self) { _ = try await reconciler.delete([site], author: "tester") }
      #expect(rig.storage.engine.object(site) != nil)
    }
  }

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

  /// How many objects the bucket holds.
  private func setObjects(_ count: Int64, _ rig: Rig) throws {
    let bucket = try #require(rig.storage.engine.object(site))
    rig.storage.engine.change(bucket.id) { $0.facts["objects"] = .integer(count) }
  }

  /// Of each object beside ours, by address: whether it is told as kept.
  private func areKept(_ reconciler: Reconciler) async throws -> [Bool] {
    try await reconciler.driftReport(refresh: true).filter(\.isObject).map(\.isKept)
  }

  @Test func whatAPersonLetGoOfIsKeptAndWhatNobodyLetGoOfIsAnOrphan() throws {
    let rig = Rig()
    let bucket = Sample.bucket(policies: Policies(deletion: .retain))
    try runInVirtualTime(rig.time.clock) {
      try await live(rig) { rig, reconciler in
        _ = try await rig.apply([bucket, Sample.alice], to: reconciler)
        try await rig.sleep(.seconds(5))
        _ = try await rig.apply([Sample.alice], to: reconciler, options: PlanOptions(prune: true))
        try await rig.sleep(.seconds(5))
        #expect(try await areKept(reconciler) == [true])
        // The same name, and made by nobody that anybody knows of.
        let stray = Address(.bucket, "stray")
        rig.storage.engine.add(stray, [:], mark: OwnershipMark(clusterID: Rig.clusterID, address: stray))
        #expect(try await areKept(reconciler) == [true, false])
        let entries = try await reconciler.driftReport(refresh: true).filter(\.isObject)
        #expect(entries.map(\.isForeign) == [true, false])
        rig.storage.engine.objects.filter { $0.address == stray }.forEach { rig.storage.engine.remove($0.id) }
      }
      try await live(rig) { rig, reconciler in
        try await rig.sleep(.seconds(5))
        #expect(try await areKept(reconciler) == [true])
        #expect(try await reconciler.preview(desired: Rig.state([Sample.alice])).drift.map(\.isKept) == [true])
        // Taken up again, it is ours.
        let policies = Policies(adopts: true, deletion: .retain)
        _ = try await rig.apply([Sample.bucket(policies: policies), Sample.alice], to: reconciler)
        try await rig.sleep(.seconds(5))
        #expect(try await areKept(reconciler) == [])
      }
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
}
