#if os(Linux)
  import RouterLab
  import Testing

  /// The options of a home do what they say.
  @Suite(
    "Manners of the lab's routers",
    .enabled(if: Lab.unavailable == nil, Comment(rawValue: Lab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct LabMannersTests {
    @Test func portsOutsideThePolicyAreRefused() async throws {
      try await Lab.with("home larch ports=9000-9100") { lab in
        let error = await #expect(throws: LabError.self) { try await lab.plantMapping(on: "larch/m1", port: 8443) }
        #expect(error?.description.contains("606") == true, "\(String(describing: error))")
        try await lab.plantMapping(on: "larch/m1", port: 9100)
      }
    }

    @Test func blockedMulticastHidesTheRouterButNotItsDescription() async throws {
      try await Lab.with("home larch multicast=blocked\nhome birch") { lab in
        func search(_ place: String) async throws -> String {
          (try? await lab.run(in: place, ["upnpc", "-m", "eth0", "-s"])) ?? "nothing"
        }
        #expect(try await search("larch/m1") == "nothing")
        #expect(try await search("birch/m1").contains("Found valid IGD"))
        try await lab.plantMapping(on: "larch/m1", port: 8443)
      }
    }

    @Test(arguments: [(true, true), (true, false), (false, true)])
    func portControlAnswersTheVersionsThatAreOn(natpmp: Bool, pcp: Bool) async throws {
      let options = "upnp=off natpmp=\(natpmp ? "on" : "off") pcp=\(pcp ? "on" : "off")"
      try await Lab.with("home larch \(options)") { lab in
        let router = try lab.home("larch").router.lanAddress
        let answers = try await lab.run(in: "larch/m1", ["python3", "-c", Self.ask, router])
        #expect(answers == "\(natpmp) \(pcp)\n".replacing("true", with: "yes").replacing("false", with: "no"))
        await #expect(throws: LabError.self) { try await lab.plantMapping(on: "larch/m1", port: 8443) }
      }
    }

    /// Asks for the external address in NAT-PMP (RFC 6886, section 3.2) and for an announcement in PCP (RFC 6887,
    /// section 14.1), and prints whether each was answered. As for every client of the two, a packet may get lost.
    private static let ask = """
      import socket, struct, sys
      def answered(packet):
          client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
          client.settimeout(1)
          client.connect((sys.argv[1], 5351))
          for attempt in range(4):
              client.send(packet)
              try:
                  return "yes" if client.recv(1100)[0] == packet[0] else "no"
              except OSError:
                  pass
          return "no"
      own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      own.connect((sys.argv[1], 5351))
      source = bytes(10) + bytes([255, 255]) + socket.inet_aton(own.getsockname()[0])
      print(answered(bytes([0, 0])), answered(bytes([2, 0, 0, 0]) + struct.pack("!I", 0) + source))
      """

    @Test func linksAreAsSlowAsDeclared() async throws {
      try await Lab.with("home larch uplink=2mbit downlink=30mbit") { lab in
        let up = try await lab.run(in: "larch/router", ["tc", "qdisc", "show", "dev", "wan0"])
        let down = try await lab.run(in: "internet", ["tc", "qdisc", "show", "dev", "larch"])
        #expect(up.contains("rate 2Mbit") && down.contains("rate 30Mbit"), "\(up)\(down)")
      }
    }

    @Test func aHomeWithoutADaemonRoutesAllTheSame() async throws {
      try await Lab.with("home larch upnp=off natpmp=off pcp=off") { lab in
        let seen = try await lab.run(in: "larch/m1", ["python3", "-c", askSTUN, lab.facts.internet.address])
        let address = try lab.home("larch").publicAddress
        #expect(seen == "\(address)\n")
        await #expect(throws: LabError.self) { try await lab.plantMapping(on: "larch/m1", port: 8443) }
      }
    }
  }
#endif
