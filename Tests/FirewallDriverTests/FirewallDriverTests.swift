import FirewallDriver
import Foundation
import NFTables
import ProgramRunner
import RhizomeDriver
import RhizomeModel
import Testing

@Suite(
  "The firewall's driver, on a real kernel",
  .enabled(if: Machine.works, "needs root, ip and nft"),
  .timeLimit(.minutes(2))
)
struct FirewallDriverTests {
  private let declared: Value = [
    "policy": "drop", "nodes": ["2001:DB8::0:1", "192.0.2.7"],
    "openings": [
      "ssh": ["protocol": "tcp", "port": 22, "from": "lan"],
      "mosh": ["protocol": "udp", "port": 60_000, "to": 61_000, "from": "all"],
      "tcp-81": ["protocol": "tcp", "port": 81, "from": "nodes"],
    ],
    "basics": ["dhcp", "dhcpv6", "established", "icmp", "icmpv6", "igmp", "loopback", "mld", "neighbours", "ssdp"],
    "confirm": 60_000,
  ]

  @Test("what was made is what is seen, in the words of the declaration")
  func converges() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      #expect(await machine.observe(driver, declared) == .absent)
      _ = try await machine.create(driver, declared)
      let seen = try #require(await machine.seen(driver, declared))
      var expected = declared.map ?? [:]
      expected["confirm"] = nil
      expected["extra"] = []
      expected["nodes"] = ["192.0.2.7", "2001:DB8::0:1"]
      #expect(seen.attributes == .map(expected))
      #expect(seen.facts["verdict"] == "Only what is declared comes in.")
      #expect(try await driver.report().state == .waiting)
    }
  }

  @Test("without a word in time it is taken away, said so, and not tried again before somebody asks")
  func rollBack() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      _ = try await machine.create(driver, declared)
      machine.clock.pass(60_001)
      let error = await #expect(throws: DriverError.self) { try await driver.confirm() }
      #expect(error?.code == .refused && error?.message.contains("rhizome firewall retry") == true)
      #expect(await machine.observe(driver, declared) == .absent)
      let again = await #expect(throws: DriverError.self) { try await machine.create(driver, declared) }
      #expect(again?.code == .refused)
      #expect(try await driver.retry().state == .none)
      _ = try await machine.create(driver, declared)
      #expect(try await driver.confirm().state == .confirmed)
    }
  }

  @Test("confirmed, it stays, and later ones need no word")
  func confirmed() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      let refusal = await #expect(throws: DriverError.self) { try await driver.confirm() }
      #expect(refusal?.code == .refused)
      _ = try await machine.create(driver, declared)
      #expect(try await driver.confirm().state == .confirmed)
      #expect(try await driver.confirm().state == .confirmed)
      machine.clock.pass(10_000_000)
      _ = try await machine.create(driver, ["policy": "drop", "openings": [:], "basics": ["loopback"]])
      #expect(try await machine.driver().report().state == .confirmed)
    }
  }

  @Test(
    "a daemon that comes back after the deadline, or after a restart of the machine, takes it away",
    arguments: [true, false]
  )
  func lateStart(isReboot: Bool) async throws {
    try await Machine.with { machine in
      _ = try await machine.create(machine.driver(), declared)
      if isReboot { machine.clock.reboot() } else { machine.clock.pass(60_000) }
      let heir = machine.driver()
      await #expect(throws: DriverError.self) { try await machine.create(heir, declared) }
      #expect(try await heir.report().state == .rolledBack)
      #expect(await machine.observe(heir, declared) == .absent)
    }
  }

  @Test("the guard takes it away with nobody else there, unless it was confirmed", arguments: [true, false])
  func guardian(isConfirmed: Bool) async throws {
    try await Machine.with { machine in
      var hasty = declared.map ?? [:]
      hasty["confirm"] = 3_000
      let driver = machine.driver(hasGuard: true)
      _ = try await machine.create(driver, .map(hasty))
      if isConfirmed { _ = try await driver.confirm() }
      let tables = machine.tables
      let isGone = try await machine.wait(8) { try await tables.read() == nil }
      #expect(isGone != isConfirmed)
      #expect(try await driver.report().state == (isConfirmed ? .confirmed : .rolledBack))
    }
  }

  @Test("putting back what somebody changed does not put off the deadline")
  func noDelay() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      _ = try await machine.create(driver, declared)
      machine.clock.pass(40_000)
      try await machine.nft("flush table inet rhizome")
      _ = try await machine.create(driver, declared)
      #expect(try await driver.report().secondsLeft == 20)
    }
  }

  @Test("rules that were added, deleted or flushed show in their fields, and are healed")
  func drift() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      for edit in [
        "add rule inet rhizome input tcp dport 23 accept", "flush table inet rhizome",
        "add element inet rhizome lan4 { 198.51.100.0/24 }", "flush set inet rhizome nodes4",
        "chain inet rhizome input { policy accept; }",
      ] {
        _ = try await machine.create(driver, declared)
        let before = try #require(await machine.seen(driver, declared)).attributes
        try await machine.nft(edit)
        let after = try #require(await machine.seen(driver, declared)).attributes
        #expect(after != before, "\(edit)")
        _ = try await machine.create(driver, declared)
        #expect(await machine.seen(driver, declared)?.attributes == before, "\(edit)")
      }
    }
  }

  @Test("a change by hand gives notice, and the home's own networks are followed without calling that a change")
  func notices() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      _ = try await machine.create(driver, declared)
      _ = try await driver.confirm()
      let before = try #require(await machine.seen(driver, declared)).attributes
      let running = Task { try await driver.run() }
      defer { running.cancel() }
      var reasons = driver.notices.map(\.reason).makeAsyncIterator()
      #expect(await reasons.next() == "Confirmed")
      try await machine.nft("add rule inet rhizome input tcp dport 23 accept")
      #expect(await reasons.next() == "ChangedByHand")
      machine.clock.move(to: [try #require(IPNetwork("10.9.0.0/16"))])
      #expect(await reasons.next() == "NetworksChanged")
      #expect(try await machine.tables.read()?.lan.map(\.description) == ["10.9.0.0/16"])
      #expect(try await machine.tables.read()?.extra == ["tcp dport 23 accept"])
      _ = try await machine.create(driver, declared)
      #expect(await machine.seen(driver, declared)?.attributes == before)
    }
  }

  @Test("deleting it removes our table and nothing else, and forgets that it was confirmed")
  func deletion() async throws {
    try await Machine.with { machine in
      try await machine.nft("table inet other { chain input { type filter hook input priority 0; policy drop; }; }")
      let before = try await machine.ruleset()
      let driver = machine.driver()
      _ = try await machine.create(driver, declared)
      _ = try await driver.confirm()
      let verdict = await machine.seen(driver, declared)?.facts["verdict"]?.text ?? ""
      #expect(verdict.hasPrefix("Another firewall on this machine turns people away too ('inet other input')"))
      _ = try await driver.perform(machine.operation(.delete, nil))
      #expect(try await machine.ruleset() == before)
      #expect(try await driver.report().state == .none)
      _ = try await machine.create(driver, declared)
      #expect(try await driver.report().state == .waiting)
    }
  }

  @Test("on a confirmed machine nobody who is logged in is shut out, unless that was asked for")
  func sessions() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      _ = try await machine.create(driver, declared)
      _ = try await driver.confirm()
      let peers = [("192.168.7.5", UInt16(22)), ("192.0.2.7", 81), ("203.0.113.9", 22)]
      machine.clock.sessions(try peers.map { Session(localPort: $1, peer: try #require(IPAddress($0)), peerPort: 9) })
      let error = await #expect(throws: DriverError.self) { try await machine.create(driver, declared) }
      #expect(error?.code == .refused && error?.message.contains("203.0.113.9 on port 22") == true)
      #expect(error?.message.contains("192.") == false)
      var forced = declared.map ?? [:]
      forced["force"] = true
      _ = try await machine.create(driver, .map(forced))
    }
  }

  @Test("another machine's firewall, and a machine without nft, are told and left alone")
  func elsewhere() async throws {
    try await Machine.with { machine in
      let other = machine.driver(node: "other")
      guard case .unknown(let reason) = await machine.observe(other, declared) else {
        Issue.record("it was looked at")
        return
      }
      #expect(reason.contains("rhizome agent --node tower"))
      await #expect(throws: DriverError.self) { try await machine.create(other, declared) }
      let bare = machine.driver(program: ["/nonexistent/nft"])
      guard case .unknown(let missing) = await machine.observe(bare, declared) else {
        Issue.record("it was looked at")
        return
      }
      #expect(missing.contains("apt install nftables"))
      let error = await #expect(throws: DriverError.self) { try await machine.create(bare, declared) }
      #expect(error?.code == .invalid)
    }
  }

  @Test("names and addresses that are none are refused before anything is written")
  func hostile() async throws {
    try await Machine.with { machine in
      let driver = machine.driver()
      for bad: Value in [
        ["openings": ["a\"; flush ruleset; #": ["protocol": "tcp", "port": 1, "from": "all"]]],
        ["nodes": ["1.2.3.4 }; flush ruleset"]],
        ["openings": ["a": ["protocol": "tcp", "port": 0, "from": "all"]]],
        ["openings": ["a": ["protocol": "tcp", "port": 9, "to": 8, "from": "all"]]],
        ["openings": ["a": ["protocol": "tcp", "port": 9, "from": "us"]]],
      ] {
        let error = await #expect(throws: DriverError.self) { try await machine.create(driver, bad) }
        #expect(error?.code == .invalid)
      }
      let table = try await machine.tables.read()
      #expect(table == nil)
    }
  }
}
