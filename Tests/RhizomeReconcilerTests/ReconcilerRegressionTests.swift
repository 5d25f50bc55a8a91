import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Testing

/// Found by simulation.
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
