#if os(Linux)
  import Glibc
  import RouterLab
  import Testing

  @testable import UPnP

  /// Against miniupnpd in network namespaces.
  @Suite(
    "A real router",
    .enabled(if: RouterLab.unavailable == nil, Comment(rawValue: RouterLab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct RealRouterTests {
    private func request(_ lab: RouterLab, _ port: UInt16, lease: UInt32 = 600) throws -> PortMappingRequest {
      try PortMappingRequest(
        key: PortMappingKey(.tcp, port),
        client: try #require(IPv4Address(lab.hostAddress)),
        internalPort: 8080,
        label: "rhz-test-\(port)",
        lease: lease
      )
    }

    @Test func isFoundBySearchAndTellsItsPublicAddress() async throws {
      try await RouterLab.with { lab in
        let gateway = try await lab.finder(in: .host).find(remembered: nil)
        #expect(gateway.identity.descriptionURL == lab.descriptionURL)
        #expect(gateway.identity.localAddress.description == lab.hostAddress)
        #expect(gateway.identity.isConnected)
        #expect(try await gateway.externalAddress()?.description == lab.publicAddress)
      }
    }

    @Test func tellsWhatItIsAndHowItsConnectionIs() async throws {
      try await RouterLab.with { lab in
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        #expect(gateway.identity.friendlyName == "Lab router of home")
        #expect(gateway.identity.manufacturer == "Debian")
        #expect(gateway.identity.udn == "uuid:6b1d3f2c-0000-4000-8000-000000000000")
        #expect(gateway.identity.igdVersion == "2")
        #expect(!gateway.identity.model.isEmpty && !gateway.identity.serial.isEmpty)
        let status = try await gateway.status()
        #expect(status.externalAddress?.description == lab.publicAddress)
        #expect(status.isConnected)
      }
    }

    /// The library itself took two seconds and more.
    @Test func isFoundInAFractionOfASecond() async throws {
      try await RouterLab.with { lab in
        let finder = lab.finder(in: .host) { $0.searchDelay = .seconds(3) }
        let times = try await [0, 1, 2].asyncMap { _ in
          try await ContinuousClock().measure { _ = try await finder.find(remembered: nil) }
        }
        let best = try #require(times.min())
        #expect(best < .milliseconds(500))
      }
    }

    @Test func isFoundWhereMulticastIsDropped() async throws {
      try await RouterLab.with { lab in
        try await lab.run(
          in: .router,
          [
            "nft",
            "add table inet lab; add chain inet lab input { type filter hook input priority -10; }; "
              + "add rule inet lab input ip daddr 239.255.255.250 drop",
          ]
        )
        let gateway = try await lab.finder(in: .host) { $0.searchDelay = .seconds(3) }.find(remembered: nil)
        #expect(gateway.identity.descriptionURL == lab.descriptionURL)
      }
    }

    /// Only every thirteenth question arrives: none of the first twelve.
    @Test func isFoundWhereMostDatagramsAreLost() async throws {
      try await RouterLab.with { lab in
        try await lab.run(
          in: .router,
          [
            "nft",
            "add table inet flaky; add chain inet flaky input { type filter hook input priority -10; }; "
              + "add rule inet flaky input udp dport 1900 numgen inc mod 13 != 12 drop",
          ]
        )
        let gateway = try await lab.finder(in: .host) { $0.searchDelay = .seconds(3) }.find(remembered: nil)
        #expect(gateway.identity.descriptionURL == lab.descriptionURL)
      }
    }

    @Test func makesAWeekOfALeaseWithoutEndAndForgetsPolitely() async throws {
      try await RouterLab.with { lab in
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        let wish = try request(lab, 8080, lease: 0)
        guard case .timed(let seconds) = try await gateway.grant(wish, isOurs: { $0.label == wish.label }).lease else {
          Issue.record("miniupnpd makes a week of a lease without end")
          return
        }
        #expect((604_700...604_800).contains(seconds))
        try await gateway.delete(wish.key)
        try await gateway.delete(wish.key)
        #expect(try await gateway.entry(wish.key) == nil)
      }
    }

    /// A device of the home answers for the router, for itself and for others, a thousand times.
    @Test func aFloodOfFalseAnswersLeadsNowhere() async throws {
      try await RouterLab.with { lab in
        let (calls, stop) = (lab.calls(in: .neighbour), try Interruption())
        let neighbour = lab.neighbourAddress
        let address = try #require(IPv4Address(neighbour))
        let (listener, flooder) = try await calls.run("listen", deadline: .seconds(5)) {
          let listener = try NetworkSocket.open(AF_INET, .stream)
          try listener.bind(to: WebEndpoint(host: .v4(address), port: 5000))
          guard listen(listener.file, 8) == 0 else { throw LabError("cannot listen") }
          return (listener, try SSDPSocket.watching(on: "eth0"))
        }
        let places = [
          "http://\(neighbour):5000/root.xml", "http://192.168.77.1:5000@\(neighbour):5000/", lab.descriptionURL,
        ]
        try DetachedThread.start {
          while (try? stop.wait(for: CInt(POLLIN), on: flooder.file, atMost: .seconds(60))) == .ready {
            guard let (_, sender) = flooder.receiveDatagram(limit: 2048) else { continue }
            for _ in 0..<100 { for place in places { _ = flooder.send(Datagram.answer(place), to: sender) } }
          }
        }
        let finder = lab.finder(in: .host) { $0.searchDelay = .seconds(3) }
        for _ in 0..<5 {
          #expect(try await finder.find(remembered: nil).identity.descriptionURL == lab.descriptionURL)
        }
        stop.interrupt()
        var trap = pollfd(fd: listener.file, events: Int16(POLLIN), revents: 0)
        #expect(poll(&trap, 1, 0) == 0, "nobody has asked the neighbour")
      }
    }

    @Test func aSearchEndsAtOnceWhenItIsCancelled() async throws {
      try await RouterLab.with { lab in
        let calls = lab.calls(in: .internet)
        var options = UPnPGatewayFinder.Options()
        options.interface = lab.lab.facts.internet.address
        options.searchDelay = .seconds(30)
        options.searchDeadline = .seconds(60)
        let finder = UPnPGatewayFinder(options, calls: calls)
        let search = Task { _ = try await finder.find(remembered: nil) }
        let began = try await eventually { calls.callsUnderWay == 1 }
        #expect(began)
        let start = ContinuousClock.now
        search.cancel()
        await #expect(throws: CancellationError.self) { try await search.value }
        let ended = try await eventually { calls.callsUnderWay == 0 }
        #expect(ended)
        #expect(start.duration(to: .now) < .seconds(1))
      }
    }

    @Test func aRestartIsHeard() async throws {
      try await RouterLab.with { lab in
        let notices = SSDPWatch(interface: "eth0", calls: lab.calls(in: .host)).notices()
        let heard = Task { await notices.first { $0.kind == .alive && $0.descriptionURL == lab.descriptionURL } }
        // The group is joined on another thread: restart until it is heard.
        let restarts = Task {
          while !Task.isCancelled { try await lab.rebootRouter() }
        }
        let notice = try #require(await heard.value)
        restarts.cancel()
        _ = await restarts.result
        #expect(notice.router.description == (try lab.lab.home("home").router.lanAddress))
        #expect(notice.udn == "uuid:6b1d3f2c-0000-4000-8000-000000000000")
        #expect(notice.bootID != nil)
      }
    }

    @Test func twoWatchesShareThePort() async throws {
      try await RouterLab.with { lab in
        let first = SSDPWatch(interface: "eth0", calls: lab.calls(in: .host)).notices()
        let second = SSDPWatch(interface: "eth0", calls: lab.calls(in: .host)).notices()
        let both = Task {
          async let one = first.first { $0.kind == .alive }
          async let other = second.first { $0.kind == .alive }
          return await (one, other)
        }
        let restarts = Task {
          while !Task.isCancelled { try await lab.rebootRouter() }
        }
        let (one, other) = await both.value
        restarts.cancel()
        _ = await restarts.result
        #expect(one != nil && other != nil)
      }
    }

    @Test func aWatchOnAnInterfaceThatIsNotThereJustEnds() async {
      let notices = SSDPWatch(interface: "nowhere0").notices()
      #expect(await notices.first { _ in true } == nil)
    }

    @Test func keepsListsAndRemovesAMapping() async throws {
      try await RouterLab.with { lab in
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        let wish = try request(lab, 80)
        #expect(try await gateway.entry(wish.key) == nil)
        let grant = try await gateway.grant(wish) { $0.label == wish.label }
        #expect(grant.entry.forwards(as: wish))
        #expect(grant.entry.label == wish.label)
        #expect((1...600).contains(grant.entry.remainingLease))
        #expect(try await lab.run(in: .host, ["upnpc", "-u", lab.descriptionURL, "-l"]).contains("'rhz-test-80'"))
        #expect(try await gateway.entries(limit: 10).map(\.key) == [wish.key])
        #expect(try await gateway.withdraw(wish.key) { $0.label == wish.label } == nil)
        #expect(try await gateway.entries(limit: 10).isEmpty)
      }
    }

    @Test func aNeighboursMappingIsNamedAndLeftAlone() async throws {
      try await RouterLab.with { lab in
        _ = try await lab.run(
          in: .neighbour,
          [
            "upnpc", "-u", lab.descriptionURL, "-e", "torrent", "-a", lab.neighbourAddress, "6881", "8443", "TCP",
            "600",
          ]
        )
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        let wish = try request(lab, 8443)
        let error = await #expect(throws: UPnPError.self) {
          _ = try await gateway.grant(wish) { $0.label == wish.label }
        }
        #expect(
          error?.message == "TCP 8443 of the router belongs to 192.168.77.11 port 6881, a mapping called 'torrent'; "
            + "remove it there or choose another public port"
        )
        #expect(try await gateway.withdraw(wish.key) { $0.label == wish.label }?.label == "torrent")
        #expect(try await gateway.entry(wish.key)?.client == lab.neighbourAddress)
      }
    }

    @Test func refusesAPortItDoesNotAllow() async throws {
      try await RouterLab.with { lab in
        let gateway = try await lab.finder(in: .host) { $0.descriptionURL = lab.descriptionURL }.find(remembered: nil)
        let error = await #expect(throws: UPnPError.self) {
          _ = try await gateway.grant(try request(lab, 22)) { _ in false }
        }
        #expect(error?.code == .refused(.notAuthorized))
      }
    }

    /// Another default gateway: then the router is just some device that answers.
    @Test func aDeviceThatIsNotTheDefaultGatewayIsNotTrusted() async throws {
      try await RouterLab.with { lab in
        try await lab.run(in: .host, ["ip", "route", "replace", "default", "via", lab.neighbourAddress])
        let error = await #expect(throws: UPnPError.self) {
          _ = try await lab.finder(in: .host).find(remembered: nil)
        }
        #expect(error?.code == .noInternetGateway)
        #expect(error?.message.contains(lab.descriptionURL) == true)
      }
    }

    @Test func nothingAnswersOnTheInternetSide() async throws {
      try await RouterLab.with { lab in
        let error = await #expect(throws: UPnPError.self) {
          _ = try await lab.finder(in: .internet) {
            $0.interface = lab.lab.facts.internet.address
            $0.searchDelay = .milliseconds(50)
          }.find(remembered: nil)
        }
        #expect(error?.code == .noRouter)
      }
    }
  }

  extension Sequence {
    fileprivate func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
      var results: [Result] = []
      for element in self { results.append(try await transform(element)) }
      return results
    }
  }
#endif
