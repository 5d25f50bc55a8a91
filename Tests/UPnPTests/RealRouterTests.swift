#if os(Linux)
  import RouterLab
  import Testing
  import UPnP

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
          _ = try await lab.finder(in: .internet) { $0.searchDelay = .milliseconds(50) }.find(remembered: nil)
        }
        #expect(error?.code == .noRouter)
      }
    }
  }
#endif
