import Testing

@testable import NFTables

@Suite("What is given to nft")
struct ScriptTests {
  @Test("is one transaction that names our table only")
  func whole() throws {
    let table = FirewallTable(
      openings: ["ssh": Opening(.tcp, 22...22, from: .lan), "mosh": Opening(.udp, 60_000...61_000, from: .all)],
      basics: [.loopback, .established],
      lan: [try #require(IPNetwork("192.168.1.7/24")), try #require(IPNetwork("fe80::1/64"))],
      nodes: [try #require(IPAddress("2001:DB8::0:1"))]
    )
    let expected = """
      add table inet rhizome
      delete table inet rhizome

      table inet rhizome {
        set lan4 { type ipv4_addr; flags interval; elements = { 192.168.1.0/24 }; }
        set nodes4 { type ipv4_addr; }
        set lan6 { type ipv6_addr; flags interval; elements = { fe80::/64 }; }
        set nodes6 { type ipv6_addr; elements = { 2001:db8::1 }; }
        chain input {
          type filter hook input priority 10; policy drop;
          ct state established,related accept comment "basic established"
          iifname "lo" accept comment "basic loopback"
          udp dport 60000-61000 accept comment "opening mosh"
          ip saddr @lan4 tcp dport 22 accept comment "opening ssh"
          ip6 saddr @lan6 tcp dport 22 accept comment "opening ssh"
        }
      }

      """
    #expect(try FirewallScript.replacing(with: table) == expected)
  }

  @Test(
    "never takes a name that could be read as rules",
    arguments: [
      "", "a\"; flush ruleset; #", "a b", "a\nflush ruleset", "a\u{0}", "é", "A", "a}", "a;", "a$x", "a\\",
      String(repeating: "a", count: 101),
    ]
  )
  func hostileNames(name: String) {
    let table = FirewallTable(openings: [name: Opening(.tcp, 1...1, from: .all)])
    #expect(throws: NFTablesError.self) { try FirewallScript.replacing(with: table) }
  }

  @Test(
    "addresses are read as addresses, never as text",
    arguments: ["1.2.3.4; drop", "fe80::1%eth0", "::1 }", "01.2.3.4"]
  )
  func hostileAddresses(text: String) { #expect(IPAddress(text) == nil && IPNetwork(text) == nil) }

  @Test("networks: masked, told apart, and without overlaps")
  func networks() throws {
    let texts = ["10.1.2.3/8", "10.0.0.0/24", "192.168.1.0/24", "10.0.0.0/8", "fe80::5/64", "192.168.2.0/24"]
    let kept = IPNetwork.withoutOverlaps(texts.compactMap { IPNetwork($0) }).map(\.description)
    #expect(kept == ["10.0.0.0/8", "192.168.1.0/24", "192.168.2.0/24", "fe80::/64"])
    let inner = ["10.0.0.0/8", "172.31.0.0/16", "169.254.0.0/16", "fd12::/64", "fe80::/64", "192.168.0.0/24"]
    #expect(inner.allSatisfy { IPNetwork($0)?.isPrivate == true })
    let outer = ["0.0.0.0/0", "172.32.0.0/16", "100.64.0.0/10", "8.8.8.0/24", "2001:db8::/64", "::/0", "10.0.0.0/7"]
    #expect(outer.allSatisfy { IPNetwork($0)?.isPrivate == false })
    #expect(IPNetwork("10.0.0.0/33") == nil && IPNetwork("::/129") == nil && IPNetwork("10.0.0.0/-1") == nil)
  }

  @Test("a listing that is none is told as that", arguments: ["", "{}", "[]", "{\"nftables\": 1}", "nft: no"])
  func noListing(text: String) {
    #expect(throws: NFTablesError.self) { try NFTListing.table(Array(text.utf8)) }
    #expect(throws: NFTablesError.self) { try NFTListing.hasTable(Array(text.utf8)) }
  }

  @Test("names and rules of others are shown as printable, short text")
  func shownText() throws {
    let name = "a\\u001b[2J" + String(repeating: "x", count: 500)
    let json = #"{"nftables": [{"chain": {"family": "inet", "table": "rhizome", "name": "\#(name)"}}]}"#
    let extra = try #require(NFTListing.table(Array(json.utf8)).extra.first)
    #expect(extra.count == 200 && extra.hasPrefix("chain a?[2Jxxx"))
  }

  @Test("the kernel's answer about its count, whole, cut off and of another kind")
  func generation() {
    let answer: [UInt8] = [36, 0, 0, 0, 15, 10, 0, 0, 1, 0, 0, 0, 9, 9, 0, 0, 0, 0, 0, 5, 8, 0, 1, 0, 0, 0, 1, 5]
    #expect(RulesetGeneration.number(in: answer) == 261)
    for count in 0..<answer.count { #expect(RulesetGeneration.number(in: Array(answer.prefix(count))) == nil) }
    var other = answer
    other[4] = 2
    #expect(RulesetGeneration.number(in: other) == nil)
  }
}
