import Logging
import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import ServiceLifecycle
import Testing

@Suite struct ReconcilerTests {
  private let site = Address(.bucket, "site")
  private let alice = Address(.user, "alice")

  @Test(arguments: 0..<20) func anAppliedRevisionBecomesTrueInTheOrderOfItsDependencies(seed: UInt64) throws {
    try withReconciler(seed: seed) { rig, reconciler in
      let receipt = try await rig.apply(Sample.all, to: reconciler)
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
      let made = rig.storage.performed
      #expect(Set(made) == Set(["AccessKey/publisher", "Bucket/site", "Grant/site.publisher"].compactMap(created)))
      #expect(made.last == created("Grant/site.publisher"))
      #expect(rig.directory.performed == ["User/alice", "Group/staff"].compactMap(created))
      #expect(rig.storage.engine.objects.allSatisfy { $0.mark?.clusterID == Rig.clusterID })
      let inventory = await reconciler.inventory()
      #expect(inventory.map(\.address) == (Sample.all.map(\.address) + [Address(.cluster, "plant")]).sorted())
      #expect(inventory.first { $0.address == site }?.engineID == rig.storage.engine.object(site).map { "\($0.id)" })
      #expect(await reconciler.statuses().allSatisfy { $0[.ready]?.state == .true && $0.revision == 1 })
      #expect(try await Inventory(rig.store).load().intents.isEmpty)
    }
  }

  private func created(_ text: String) -> MockDriver.Call? { Address(text).map { .perform(.create, $0) } }

  @Test func aWorldAtRestIsNotWrittenTo() throws {
    try withReconciler { rig, reconciler in
      let receipt = try await rig.apply(Sample.all, to: reconciler)
      _ = try await reconciler.outcome(of: receipt.revision)
      try await rig.sleep(.seconds(90))
      let (written, performed) = (rig.store.transactions.count, rig.storage.performed.count)
      try await rig.sleep(.seconds(3_600))
      #expect(rig.store.transactions.count == written)
      #expect(rig.storage.performed.count == performed)
      #expect(rig.storage.calls.count >= 50)
    }
  }

  @Test func applyingTheSameAgainMakesNoRevisionAndWritesNothing() throws {
    try withReconciler { rig, reconciler in
      let first = try await rig.apply(Sample.all, to: reconciler)
      _ = try await reconciler.outcome(of: first.revision)
      try await rig.sleep(.seconds(1))
      let written = rig.store.transactions.count
      let second = try await rig.apply(Sample.all, to: reconciler)
      #expect(second.revision == first.revision)
      #expect(second.plan.isEmpty)
      #expect(rig.store.transactions.count == written)
    }
  }

  @Test func oneFailingResourceHoldsUpNoUnrelatedOne() throws {
    try withReconciler { rig, reconciler in
      let site = site
      rig.answer { $0 == .perform(.create, site) ? .failing(.unavailable, "out of order") : .init() }
      let receipt = try await rig.apply(Sample.all, to: reconciler)
      try await rig.sleep(.seconds(30))
      #expect(await reconciler.status(of: alice)?[.ready]?.state == .true)
      let failing = await reconciler.status(of: site)
      #expect(failing?[.ready]?.state == .false)
      #expect(failing?[.ready]?.message == "out of order")
      #expect(failing?[.reconciling]?.reason == "Retrying")
      let waiting = await reconciler.status(of: Sample.grant.address)
      #expect(waiting?[.ready]?.message == "It waits for Bucket/site.")
      rig.answer { _ in .init() }
      #expect(try await reconciler.outcome(of: receipt.revision)?.step == .converged)
    }
  }

  @Test func retriesOfOneResourceGrowRare() throws {
    try withReconciler { rig, reconciler in
      rig.answer { if case .perform = $0 { .failing(.unavailable) } else { .init() } }
      try await rig.apply([Sample.bucket()], to: reconciler)
      try await rig.sleep(.seconds(3_600))
      // Doubling from half a second to two minutes: 8 steps, then one every one to two minutes, jitter included.
      #expect((25...80).contains(rig.storage.performed.count))
      let events = try await collect(reconciler.events(since: 0, follow: false))
      #expect(events.count { $0.address == site } <= 8)
    }
  }

  @Test func aDriverThatHangsIsCutOffAndHoldsUpNoOtherDriver() throws {
    try withReconciler { rig, reconciler in
      let site = site
      rig.answer { call in
        switch call {
        case .perform(.create, site): .init(hangs: true)
        default: .init()
        }
      }
      try await rig.apply(Sample.all, to: reconciler)
      try await rig.sleep(.seconds(5))
      #expect(rig.directory.engine.objects.count == 2)
      #expect(await reconciler.status(of: site)?[.reconciling]?.reason == "Creating")
      try await rig.sleep(.seconds(120))
      #expect(await reconciler.status(of: site)?[.ready]?.reason == "TimedOut")
    }
  }

  @Test func aLookThatHangsIsUnknownAndHidesNothing() throws {
    try withReconciler { rig, reconciler in
      let receipt = try await rig.apply(Sample.all, to: reconciler)
      _ = try await reconciler.outcome(of: receipt.revision)
      rig.answer { if case .observe = $0 { .init(hangs: true) } else { .init() } }
      try await rig.sleep(.seconds(120))
      #expect(await reconciler.status(of: site)?[.ready]?.state == .unknown)
      #expect(await reconciler.status(of: site)?[.ready]?.reason == "CannotLook")
      #expect(rig.storage.performed.count == 3)
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(120))
      #expect(await reconciler.status(of: site)?[.ready]?.state == .true)
      #expect(rig.storage.performed.count == 3)
    }
  }

  @Test func whoWaitsForWhatNobodyCanSeeIsToldSoon() throws {
    try withReconciler { rig, reconciler in
      let alice = alice
      rig.answer { if case .observe(let all) = $0, all.contains(alice) { .init(unknown: "no route") } else { .init() } }
      let first = try await rig.apply(Sample.all, to: reconciler)
      let last = try await reconciler.outcome(of: first.revision)
      #expect(last?.step == .stuck([alice, Address(.group, "staff")].sorted()))
      #expect(last?.message.contains("Could not be looked at, and is looked at again by itself: ") == true)
      #expect(await reconciler.status(of: site)?[.ready]?.state == .true)
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(120))
      #expect(await reconciler.status(of: alice)?[.ready]?.state == .true)
    }
  }

  @Test func whatAnEngineRefusesStallsAndIsTriedAgainAtLongIntervals() throws {
    try withReconciler { rig, reconciler in
      let site = site
      rig.answer { $0 == .perform(.create, site) ? .failing(.refused, "no room") : .init() }
      let receipt = try await rig.apply(Sample.all, to: reconciler)
      let last = try await reconciler.outcome(of: receipt.revision)
      #expect(last?.step == .stuck([site, Sample.grant.address].sorted()))
      #expect(await reconciler.status(of: site)?[.stalled]?.message == "no room")
      #expect(try await Inventory(rig.store).load().intents.isEmpty)
      try await rig.sleep(.seconds(3_600))
      #expect((2...8).contains(rig.storage.performed.count { $0 == .perform(.create, site) }))
      rig.answer { _ in .init() }
      try await rig.sleep(.seconds(3_600))
      #expect(await reconciler.status(of: Sample.grant.address)?[.ready]?.state == .true)
    }
  }

  @Test func noMoreOperationsRunSideBySideThanADriverTakes() throws {
    let rig = Rig(maxConcurrency: 2)
    try withReconciler(rig) { rig, reconciler in
      rig.answer { if case .perform = $0 { .init(delay: .seconds(1)) } else { .init() } }
      let buckets = (0..<10).map { Resource(Address(.bucket, "b\($0)"), attributes: [:]) }
      let receipt = try await rig.apply(buckets, to: reconciler)
      _ = try await reconciler.outcome(of: receipt.revision)
      #expect(rig.storage.mostUnderWay == 2)
      #expect(rig.time.clock.now.offset < .seconds(10))
    }
  }

  @Test func aNoticeIsAnEventAndAReasonToLook() throws {
    try withReconciler { rig, reconciler in
      let receipt = try await rig.apply(Sample.all, to: reconciler)
      _ = try await reconciler.outcome(of: receipt.revision)
      if let object = rig.storage.engine.object(site) { rig.storage.engine.remove(object.id) }
      rig.storage.notice(DriverNotice(site, level: .warning, reason: "Vanished", message: "It is gone."))
      try await rig.sleep(.milliseconds(10))
      #expect(rig.storage.engine.object(site) != nil)
      let events = try await collect(reconciler.events(since: 0, follow: false))
      #expect(events.contains { $0.reason == "Vanished" && $0.address == site && $0.level == .warning })
      #expect(events.map(\.sequence) == Array(1...events.count))
    }
  }

  @Test func stoppingLetsRunningWorkComeToItsEnd() throws {
    try withReconciler { rig, _ in
      let reconciler = try rig.makeReconciler()
      await withTaskGroup { group in
        group.addTask { await reconciler.run() }
        rig.answer { if case .perform = $0 { .init(delay: .seconds(3)) } else { .init() } }
        _ = try? await rig.apply([Sample.bucket()], to: reconciler)
        try? await rig.sleep(.seconds(1))
        await reconciler.stop()
        await group.waitForAll()
      }
      #expect(rig.time.clock.now.offset == .seconds(3))
      #expect(try await Inventory(rig.store).get(site) != nil)
    }
  }

  @Test func asAServiceItEndsWithAGracefulShutdown() throws {
    let rig = Rig()
    try runInVirtualTime(rig.time.clock) {
      let reconciler = try rig.makeReconciler()
      let group = ServiceGroup(services: [ReconcilerService(reconciler)], logger: Logger(label: "test"))
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        rig.answer { if case .perform = $0 { .init(delay: .seconds(3)) } else { .init() } }
        try await rig.apply([Sample.bucket()], to: reconciler)
        try await rig.sleep(.seconds(1))
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
      }
      #expect(try await Inventory(rig.store).get(site) != nil)
    }
  }

  @Test func progressTellsTheStepsAlsoToThoseWhoComeLater() throws {
    try withReconciler { rig, reconciler in
      let receipt = try await rig.apply(Sample.all, to: reconciler)
      try await rig.sleep(.seconds(5))
      var steps: [ProgressEvent] = []
      for await event in try await reconciler.progress(revision: receipt.revision) { steps.append(event) }
      #expect(steps.count { $0.step == .started(.create) } == 6)
      #expect(steps.count { $0.step == .done(.create) } == 6)
      #expect(steps.last?.step == .converged)
      await #expect(throws: ApplyError.self) { _ = try await reconciler.progress(revision: 99) }
    }
  }

  @Test func aRevisionThatIsOvertakenSaysSo() throws {
    try withReconciler { rig, reconciler in
      rig.answer { if case .perform = $0 { .failing(.unavailable) } else { .init() } }
      let first = try await rig.apply(Sample.all, to: reconciler)
      let stream = try await reconciler.progress(revision: first.revision)
      rig.answer { _ in .init() }
      let second = try await rig.apply([Sample.alice], to: reconciler)
      var last: ProgressEvent?
      for await event in stream { last = event }
      #expect(last?.step == .superseded(by: second.revision))
    }
  }
}

func collect<Element: Sendable>(_ stream: AsyncStream<Element>) async -> [Element] {
  var all: [Element] = []
  for await element in stream { all.append(element) }
  return all
}
