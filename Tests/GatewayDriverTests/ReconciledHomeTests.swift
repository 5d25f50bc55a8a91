#if os(Linux)
  import GatewayDriver
  import RhizomeDriver
  import RhizomeModel
  import RhizomeReconciler
  import RhizomeStateStore
  import RouterLab
  import Testing
  import UPnP

  /// The whole way: declared, planned, performed on miniupnpd, kept, broken behind our back, healed, withdrawn.
  @Suite(
    "A home kept by the reconciler",
    .enabled(if: RouterLab.unavailable == nil, Comment(rawValue: RouterLab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct ReconciledHomeTests {
    private static func mapping(_ lab: RouterLab, port: Int64 = 8443, lease: Int64 = 4000) -> Resource {
      Resource(
        DriverFixture.address(port),
        attributes: DriverFixture.attributes(client: lab.hostAddress, externalPort: port, lease: lease),
        dependencies: [Address(.zone, "home")]
      )
    }

    /// What the router forwards now.
    private static func forwarded(_ lab: RouterLab) async throws -> [UInt16] {
      let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
      return try await gateway.entries(limit: 100).map(\.key.externalPort).sorted()
    }

    private static func state(_ resources: [Resource]) -> DesiredState {
      let cluster = Resource(Address(.cluster, "plant"), attributes: ["domain": "plant.example"])
      let zone = Resource(Address(.zone, "home"), attributes: ["gateway": ["mode": "upnp"]])
      return DesiredState(clusterName: "plant", source: "test", resources: [cluster, zone] + resources)
    }

    /// Runs `body` beside a reconciler that keeps the lab's home.
    private func keeping(
      _ lab: RouterLab,
      homes: Mutable<[String: HomeRecord]> = Mutable([:]),
      store: any StateStore = MemoryStateStore(clock: .system),
      _ body:
        @escaping @Sendable (Reconciler, _ apply: @Sendable ([Resource]) async throws -> Void) async throws -> Void
    ) async throws {
      let finder = lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }
      let fixture = DriverFixture(ZoneGateway(mode: .upnp), finder: finder, homes: homes)
      let desired = Mutable(Self.state([]))
      let reconciler = try Reconciler(
        settings: ReconcilerSettings(clusterID: DriverFixture.clusterID, seed: 1),
        store: store,
        registry: DriverRegistry(
          [fixture.driver],
          recordFacts: { $0.kind == .zone ? await fixture.driver.facts(ofZone: $0.name) : [:] },
          choice: { _, _ in fixture.driver.name }
        ),
        clock: ReconcilerClock(ContinuousClock(), wallTime: { Timestamp(milliseconds: 1_000_000) })
      ) { _ in desired.value }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await reconciler.run() }
        group.addTask { try await fixture.driver.run() }
        defer { group.cancelAll() }
        try await body(reconciler) { resources in
          desired.value = Self.state(resources)
          let draft = RevisionDraft(
            source: "test",
            origin: "a test",
            author: "tester",
            files: ["all.yaml": "\(resources.count)"]
          )
          let options = PlanOptions(prune: true, allowDeletions: 5)
          _ = try await reconciler.apply(desired: desired.value, draft: draft, options: options)
        }
      }
    }

    @Test func aPublicPortIsOpenedKeptHealedAndClosed() async throws {
      try await RouterLab.with { lab in
        try await lab.serving("hello from home", port: 8080) {
          try await keeping(lab) { reconciler, apply in
            try await apply([Self.mapping(lab)])
            #expect(try await eventually { try await lab.fetchFromInternet(port: 8443) == "hello from home" })
            #expect(
              try await eventually { await reconciler.status(of: DriverFixture.address)?[.ready]?.state == .true }
            )
            try await lab.rebootRouter()
            #expect(try await lab.fetchFromInternet(port: 8443) == nil)
            #expect(try await eventually { try await lab.fetchFromInternet(port: 8443) == "hello from home" })
            try await apply([])
            #expect(try await eventually { try await lab.fetchFromInternet(port: 8443) == nil })
            let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }
              .find(remembered: nil)
            #expect(try await gateway.entries(limit: 10).isEmpty)
          }
        }
      }
    }

    @Test func aForeignMappingStallsItWithTheReasonAndIsLeftAlone() async throws {
      try await RouterLab.with { lab in
        try await lab.run(
          in: .neighbour,
          [
            "upnpc", "-u", lab.descriptionURL, "-e", "torrent", "-a", lab.neighbourAddress, "6881", "8443", "TCP",
            "600",
          ]
        )
        try await keeping(lab) { reconciler, apply in
          try await apply([Self.mapping(lab)])
          #expect(
            try await eventually { await reconciler.status(of: DriverFixture.address)?[.stalled]?.state == .true }
          )
          let stalled = await reconciler.status(of: DriverFixture.address)?[.stalled]
          #expect(stalled?.message.contains("192.168.77.11 port 6881, labelled 'torrent'") == true)
          #expect(
            try await lab.run(in: .host, ["upnpc", "-u", lab.descriptionURL, "-l"]).contains("192.168.77.11:6881")
          )
        }
      }
    }

    @Test func twentyPortsAreBackSoonAfterTheRouterRestarted() async throws {
      try await RouterLab.with { lab in
        let ports = (0..<20).map { Int64(8400 + $0) }
        try await keeping(lab) { reconciler, apply in
          try await apply(ports.map { Self.mapping(lab, port: $0, lease: 3_600_000) })
          #expect(try await eventually { try await Self.forwarded(lab) == ports.map(UInt16.init) })
          try await lab.rebootRouter()
          #expect(
            try await eventually(within: .seconds(60)) { try await Self.forwarded(lab) == ports.map(UInt16.init) }
          )
        }
      }
    }

    @Test func theHomesStatusShowsItsAddressAndRouterWithoutChangingAtEachLook() async throws {
      try await RouterLab.with { lab in
        try await keeping(lab) { reconciler, apply in
          try await apply([Self.mapping(lab)])
          let zone = Address(.zone, "home")
          #expect(
            try await eventually {
              let facts = await reconciler.status(of: zone)?.facts ?? [:]
              let isKnown = facts["publicIPv4"]?["address"].text == lab.publicAddress
              return isKnown && facts["mappings"] == ["ours": 1, "others": 0]
            }
          )
          let before = await reconciler.status(of: zone)
          #expect(before?.facts["router"]?["method"] == "upnp")
          for _ in 0..<5 {
            await reconciler.requestResync()
            #expect(await reconciler.status(of: zone)?.facts["publicIPv4"] == before?.facts["publicIPv4"])
          }
        }
      }
    }

    @Test func aDaemonThatDiesAndStartsAgainKeepsItsPortsAndCollectsWhatNobodyKnows() async throws {
      try await RouterLab.with { lab in
        let (homes, store) = (Mutable<[String: HomeRecord]>([:]), MemoryStateStore(clock: .system))
        try await keeping(lab, homes: homes, store: store) { reconciler, apply in
          try await apply([Self.mapping(lab)])
          #expect(try await eventually { try await Self.forwarded(lab) == [8443] })
          #expect(try await eventually { homes.value["home"]?.router != nil })
        }
        try await lab.run(
          in: .host,
          [
            "upnpc", "-u", lab.descriptionURL, "-e", "rhz-0123abcd-tcp-9000", "-a", lab.hostAddress, "90", "9000",
            "TCP",
            "600",
          ]
        )
        try await lab.run(
          in: .neighbour,
          ["upnpc", "-u", lab.descriptionURL, "-e", "torrent", "-a", lab.neighbourAddress, "90", "9001", "TCP", "600"]
        )
        try await keeping(lab, homes: homes, store: store) { reconciler, apply in
          try await apply([Self.mapping(lab)])
          #expect(try await eventually(within: .seconds(60)) { try await Self.forwarded(lab) == [8443, 9001] })
        }
      }
    }
  }
#endif
