import Testing

@testable import NFTables

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension FirewallTable {
  /// Any table that can be declared.
  static func random(_ dice: inout SeededGenerator) -> FirewallTable {
    var openings: [String: Opening] = [:]
    for number in 0..<Int.random(in: 0...8, using: &dice) {
      let first = UInt16.random(in: 1...65_535, using: &dice)
      let last = Bool.random(using: &dice) ? first : UInt16.random(in: first...65_535, using: &dice)
      let transport: Opening.Transport = Bool.random(using: &dice) ? .tcp : .udp
      let audience = Opening.Audience.allCases.randomElement(using: &dice) ?? .all
      openings["opening-\(number)"] = Opening(transport, first...last, from: audience)
    }
    let lan = (0..<Int.random(in: 0...4, using: &dice)).compactMap { _ in network(&dice) }
    let nodes = (0..<Int.random(in: 0...4, using: &dice)).compactMap { _ in address(&dice) }
    let basics = Basic.allCases.filter { _ in Int.random(in: 0..<4, using: &dice) > 0 }
    return FirewallTable(openings: openings, basics: Set(basics), lan: lan, nodes: nodes)
  }

  private static func address(_ dice: inout SeededGenerator) -> IPAddress? {
    let count = Bool.random(using: &dice) ? 4 : 16
    return IPAddress(bytes: (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &dice) })
  }

  private static func network(_ dice: inout SeededGenerator) -> IPNetwork? {
    guard let address = address(&dice) else { return nil }
    return IPNetwork(address, prefix: Int.random(in: 1...address.bytes.count * 8, using: &dice))
  }
}

@Suite("The table, written to a kernel and read back", .enabled(if: Sandbox.works, "needs root, ip and nft"))
struct RoundTripTests {
  @Test("is the same, for 150 random tables")
  func roundTrip() async throws {
    try await Sandbox.with { tables, _ in
      var dice = SeededGenerator(seed: 7)
      for _ in 0..<150 {
        let table = FirewallTable.random(&dice)
        try await tables.replace(with: table)
        let seen = try await tables.read()
        #expect(seen == table)
      }
    }
  }

  @Test("is absent before and after, and can be removed twice")
  func absence() async throws {
    try await Sandbox.with { tables, _ in
      #expect(try await tables.read() == nil)
      try await tables.replace(with: FirewallTable())
      #expect(try await tables.read() == FirewallTable())
      try await tables.remove()
      try await tables.remove()
      #expect(try await tables.read() == nil)
    }
  }

  @Test("is absent when it goes while it is looked at, and a table that cannot be listed is no absent one")
  func goneMeanwhile() async throws {
    try await Sandbox.with { tables, sandbox in
      try await tables.replace(with: FirewallTable())
      let broken = sandbox.tables(beforeListing: "echo 'Error: No such file or directory' >&2; exit 1")
      await #expect(throws: NFTablesError.self) { try await broken.read() }
      let raced = sandbox.tables(beforeListing: "\(sandbox.command) delete table inet rhizome")
      #expect(try await raced.read() == nil)
      #expect(try await tables.read() == nil)
    }
  }

  @Test("changes by hand show in their own fields")
  func edits() async throws {
    let table = FirewallTable(
      openings: ["ssh": Opening(.tcp, 22...22, from: .lan), "web": Opening(.tcp, 80...80, from: .all)],
      lan: [try #require(IPNetwork("192.168.1.0/24"))]
    )
    try await Sandbox.with { tables, namespace in
      func after(_ edit: String) async throws -> FirewallTable? {
        try await tables.replace(with: table)
        try await namespace.nft(edit)
        return try await tables.read()
      }
      var expected = table
      expected.extra = ["tcp dport 23 accept"]
      #expect(try await after("add rule inet rhizome input tcp dport 23 accept") == expected)
      expected.extra = ["ip saddr 10.0.0.1 drop comment \"opening ssh\""]
      #expect(
        try await after("insert rule inet rhizome input ip saddr 10.0.0.1 drop comment \"opening ssh\"") == expected
      )
      expected.extra = ["chain other"]
      #expect(try await after("add chain inet rhizome other") == expected)
      expected = FirewallTable(openings: [:], basics: [], lan: table.lan)
      #expect(try await after("flush table inet rhizome") == expected)
      expected = table
      expected.policy = .accept
      #expect(try await after("chain inet rhizome input { policy accept; }") == expected)
      expected = table
      expected.lan.append(try #require(IPNetwork("203.0.113.0/24")))
      #expect(try await after("add element inet rhizome lan4 { 203.0.113.0/24 }") == expected)
      expected = table
      expected.openings["web"]?.ports = 81...81
      let handle = try await namespace.handle(of: "opening web")
      #expect(
        try await after(
          handle.map { "replace rule inet rhizome input handle \($0) tcp dport 81 accept comment \"opening web\"" }
            ?? ""
        )
          == expected
      )
    }
  }

  @Test("half of an opening is no opening")
  func half() async throws {
    try await Sandbox.with { tables, namespace in
      try await tables.replace(with: FirewallTable(openings: ["ssh": Opening(.tcp, 22...22, from: .lan)]))
      let handle = try #require(try await namespace.handle(of: "opening ssh"))
      try await namespace.nft("delete rule inet rhizome input handle \(handle)")
      let seen = try #require(try await tables.read())
      #expect(seen.openings.isEmpty && seen.extra == ["ip6 saddr @lan6 tcp dport 22 accept comment \"opening ssh\""])
    }
  }

  @Test("says anew who is in the home, and nothing else")
  func following() async throws {
    let (old, new) = (try #require(IPNetwork("10.0.0.0/8")), try #require(IPNetwork("fd00::/64")))
    try await Sandbox.with { tables, namespace in
      try await tables.replace(with: FirewallTable(lan: [old]))
      try await namespace.nft("add rule inet rhizome input tcp dport 23 accept")
      try await tables.follow(lan: [new])
      #expect(try await tables.read() == FirewallTable(lan: [new], extra: ["tcp dport 23 accept"]))
    }
  }

  @Test("leaves the tables of others byte for byte, and tells which of them turn people away")
  func others() async throws {
    let others = """
      table ip filter { chain INPUT { type filter hook input priority 0; policy drop; tcp dport 22 accept; }; }
      table inet rhizome2 { set lan4 { type ipv4_addr; elements = { 1.2.3.4 } }; }
      table ip6 rhizome { chain input { type filter hook input priority 0; policy accept; }; }
      """
    try await Sandbox.with { tables, namespace in
      try await namespace.nft(others)
      let before = try await namespace.ruleset()
      try await tables.replace(with: FirewallTable(openings: ["a": Opening(.udp, 1...2, from: .nodes)]))
      #expect(try await tables.foreignDrops().map(\.description) == ["ip filter INPUT"])
      try await tables.follow(lan: [])
      try await tables.remove()
      #expect(try await namespace.ruleset() == before)
    }
  }

  @Test("the kernel's count goes up with every change, and stands still otherwise")
  func generation() async throws {
    let before = try #require(RulesetGeneration.current())
    #expect(RulesetGeneration.current() == before)
  }
}
