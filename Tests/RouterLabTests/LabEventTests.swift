#if os(Linux)
  import RouterLab
  import Testing

  /// What happens to homes in the course of a year, on request.
  @Suite(
    "Events in the lab",
    .enabled(if: Lab.unavailable == nil, Comment(rawValue: Lab.unavailable ?? "")),
    .timeLimit(.minutes(2))
  )
  struct LabEventTests {
    private func forwards(_ lab: Lab) async throws -> Bool {
      try await lab.fetch(lab.home("larch").publicAddress, port: 8443) == "hello"
    }

    @Test(arguments: ["leases=none", "leases=file"])
    func aRebootForgetsMappingsUnlessThereIsALeaseFile(option: String) async throws {
      try await Lab.with("home larch machines=2 \(option)") { lab in
        try await lab.serving("hello", on: "larch/m2", port: 8443) {
          try await lab.plantMapping(on: "larch/m2", port: 8443)
          #expect(try await forwards(lab))
          try await lab.rebootRouter(of: "larch")
          #expect(try await forwards(lab) == (option == "leases=file"))
          try await lab.rebootRouter(of: "larch", forgetting: true)
          #expect(try await !forwards(lab))
          #expect(
            try await lab.serving("outside", on: "internet", port: 8000) {
              try await lab.fetch(lab.facts.internet.address, port: 8000, from: "larch/m1")
            } == "outside"
          )
        }
      }
    }

    @Test func aStoppedRouterForwardsOnAndAnswersNobody() async throws {
      try await Lab.with("home larch machines=2") { lab in
        try await lab.serving("hello", on: "larch/m2", port: 8443) {
          try await lab.plantMapping(on: "larch/m2", port: 8443)
          try await lab.stopRouter(of: "larch")
          #expect(try await forwards(lab))
          await #expect(throws: LabError.self) { try await lab.plantMapping(on: "larch/m2", port: 8444) }
          try await lab.startRouter(of: "larch")
          try await lab.plantMapping(on: "larch/m2", port: 8444)
        }
      }
    }

    @Test(arguments: ["plain", "carrier"])
    func aHomeGetsAnotherAddress(nat: String) async throws {
      try await Lab.with("home larch nat=\(nat) ipv6=on") { lab in
        let before = try lab.home("larch")
        let address = try await lab.changeAddress(of: "larch")
        try await lab.changePrefix(of: "larch")
        let after = try #require(try await lab.current().homes.first)
        #expect(address == after.publicAddress)
        #expect(after.publicAddress != before.publicAddress && after.prefix6 != before.prefix6)
        #expect(after.machines[0].address == before.machines[0].address)
        #expect(after.machines[0].address6 != before.machines[0].address6)
        let seen = try await lab.run(in: "larch/m1", ["python3", "-c", askSTUN, lab.facts.internet.address])
        #expect(seen == "\(address)\n")
        let seen6 = try await lab.run(in: "larch/m1", ["python3", "-c", askSTUN, lab.facts.internet.address6])
        #expect(seen6 == "\(after.machines[0].address6)\n")
      }
    }

    @Test func eventsSurviveARebootOfTheRouter() async throws {
      try await Lab.with("home larch") { lab in
        let address = try await lab.changeAddress(of: "larch")
        try await lab.rebootRouter(of: "larch")
        let seen = try await lab.run(in: "larch/m1", ["python3", "-c", askSTUN, lab.facts.internet.address])
        #expect(seen == "\(address)\n")
      }
    }
  }

  /// Asks a STUN server and prints the address that it saw (RFC 8489, sections 5 and 14.2).
  let askSTUN = """
    import ipaddress, os, socket, struct, sys
    name = socket.getaddrinfo(sys.argv[1], 3478, type=socket.SOCK_DGRAM)[0]
    client = socket.socket(name[0], name[1])
    client.settimeout(5)
    request = struct.pack("!HHI", 1, 0, 0x2112A442) + os.urandom(12)
    client.sendto(request, name[4])
    reply = client.recvfrom(1500)[0]
    assert reply[:2] == b"\\1\\1" and reply[4:20] == request[4:20] and reply[20:22] == b"\\0\\x20", reply
    length = struct.unpack("!H", reply[22:24])[0] - 4
    print(ipaddress.ip_address(bytes(one ^ two for one, two in zip(reply[28:28 + length], request[4:20]))))
    """
#endif
