#if os(Linux)
  import RouterLab
  import Testing

  /// What passes and what does not, by packets.
  @Suite(
    "Packets in the lab",
    .enabled(if: Lab.unavailable == nil, Comment(rawValue: Lab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct LabTrafficTests {
    @Test func machinesReachTheInternetAndEachOther() async throws {
      try await Lab.with("home larch machines=2\nhome aspen nat=carrier\nhome birch nat=double") { lab in
        for place in ["larch/m1", "aspen/m1", "birch/m1"] {
          let seen = try await lab.serving("outside", on: "internet", port: 8000) {
            try await lab.fetch(lab.facts.internet.address, port: 8000, from: place)
          }
          #expect(seen == "outside", "from \(place)")
        }
        let neighbour = try await lab.serving("next door", on: "larch/m2", port: 8000) {
          try await lab.fetch(lab.machine("larch/m2").address, port: 8000, from: "larch/m1")
        }
        #expect(neighbour == "next door")
      }
    }

    @Test func nobodyComesInWithoutAMapping() async throws {
      try await Lab.with("home larch machines=2\nhome birch lan=10.7.0.0/24") { lab in
        try await lab.serving("hello", on: "larch/m2", port: 8443) {
          let address = try lab.home("larch").publicAddress
          #expect(try await lab.fetch(address, port: 8443) == nil)
          #expect(try await lab.fetch(lab.machine("larch/m2").address, port: 8443) == nil)
          try await lab.plantMapping(on: "larch/m2", port: 8443)
          #expect(try await lab.fetch(address, port: 8443) == "hello")
          #expect(try await lab.fetch(address, port: 8443, from: "birch/m1") == "hello")
        }
      }
    }

    @Test(arguments: ["carrier", "double"])
    func aPrivateOuterAddressLetsNobodyIn(nat: String) async throws {
      try await Lab.with("home aspen nat=\(nat)") { lab in
        let address = try lab.home("aspen").publicAddress
        try await lab.serving("hello", on: "aspen/m1", port: 8443) { () async throws in
          await #expect(throws: LabError.self) { try await lab.plantMapping(on: "aspen/m1", port: 8443) }
          #expect(try await lab.fetch(address, port: 8443) == nil)
        }
      }
    }

    @Test(arguments: ["nat=hidden", "inbound=blocked"])
    func aMappingCanBeGrantedAndUseless(option: String) async throws {
      try await Lab.with("home aspen \(option)") { lab in
        try await lab.serving("hello", on: "aspen/m1", port: 8443) {
          try await lab.plantMapping(on: "aspen/m1", port: 8443)
          let rules = try await lab.run(in: "aspen/router", ["nft", "list", "ruleset"])
          #expect(rules.contains("dnat ip to 192.168.77.10:8443"))
          #expect(try await lab.fetch(lab.home("aspen").publicAddress, port: 8443) == nil)
        }
      }
    }

    @Test func aPinholeLetsIPv6In() async throws {
      try await Lab.with("home larch ipv6=on") { lab in
        let (machine, router) = (try lab.machine("larch/m1"), try lab.home("larch").router)
        let server = "exec python3 -m http.server --bind :: --directory /proc/sys/net/ipv6 8080 >/dev/null 2>&1 &"
        try await lab.run(in: "larch/m1", ["sh", "-c", server])
        func answers(from place: String) async -> Bool {
          let ask = ["curl", "-fsS", "--max-time", "1", "http://[\(machine.address6)]:8080/"]
          return (try? await lab.run(in: place, ask)) != nil
        }
        #expect(try await eventually { await answers(from: "larch/m1") })
        #expect(await !answers(from: "internet"))
        let description = "http://[\(router.lanAddress6)]:5000/rootDesc.xml"
        try await lab.run(
          in: "larch/m1",
          ["upnpc", "-6", "-u", description, "-A", "", "0", machine.address6, "8080", "6", "3600"]
        )
        #expect(await answers(from: "internet"))
      }
    }

    @Test func nothingLeadsToTheRealNetwork() async throws {
      try await Lab.with("home larch machines=2\nhome aspen nat=carrier") { lab in
        let expected = [
          "internet": ["aspen", "larch", "lo"], "larch/router": ["br0", "lan1", "lan2", "lo", "wan0"],
          "larch/m1": ["eth0", "lo"], "aspen/carrier": ["lan0", "lo", "wan0"],
        ]
        for (place, links) in expected {
          let lines = try await lab.run(in: place, ["ip", "-brief", "link"]).split(separator: "\n")
          #expect(lines.map { String($0.prefix { $0 != " " && $0 != "@" }) }.sorted() == links)
        }
        #expect(try await lab.run(in: "internet", ["ip", "route", "show", "default"]).isEmpty)
      }
    }
  }
#endif
