import Foundation

/// Reads what `nft -j` prints. The output of a program of root is trusted for its form, never for its sizes or names:
/// whoever may change the firewall may write comments.
package enum NFTListing {
  /// Our table, from `nft -j list table inet rhizome`.
  /// - Parameter lines: the same table as text with handles (`nft -a list table inet rhizome`), to show rules that are
  ///   not understood as people know them.
  /// - Throws: `NFTablesError` with code `badAnswer` when it is not such a listing.
  package static func table(_ json: [UInt8], lines: String = "") throws(NFTablesError) -> FirewallTable {
    var reading = TableReading(lines: RuleLines(lines))
    for item in try items(json) { reading.take(item) }
    return reading.table
  }

  /// True when our table is in `nft -j list tables`.
  package static func hasTable(_ json: [UInt8]) throws(NFTablesError) -> Bool {
    try items(json).contains {
      $0["table"]["family"].string == FirewallTable.family && $0["table"]["name"].string == FirewallTable.name
    }
  }

  /// Chains of others that turn away what comes to this machine, from `nft -j list chains`.
  package static func foreignDrops(_ json: [UInt8]) throws(NFTablesError) -> [ForeignChain] {
    try items(json).map { $0["chain"] }.filter { chain in
      chain["hook"].string == "input" && chain["policy"].string == "drop"
        && ["inet", "ip", "ip6"].contains(chain["family"].string ?? "")
        && (chain["family"].string, chain["table"].string) != (FirewallTable.family, FirewallTable.name)
    }.compactMap(ForeignChain.init).sorted()
  }

  private static func items(_ json: [UInt8]) throws(NFTablesError) -> [JSON] {
    guard let root = try? JSONDecoder().decode(JSON.self, from: Data(json)), let items = root["nftables"].list else {
      throw NFTablesError(
        .badAnswer,
        "nft printed something else than its JSON listing; is it nftables 0.9.3 or later?"
      )
    }
    return items
  }
}

/// A base chain of somebody else's.
package struct ForeignChain: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let family: String
  package let table: String
  package let name: String

  fileprivate init?(_ chain: JSON) {
    guard let family = chain["family"].string, let table = chain["table"].string, let name = chain["name"].string else {
      return nil
    }
    (self.family, self.table, self.name) = (family, ShownText.of(table), ShownText.of(name))
  }

  package var description: String { "\(family) \(table) \(name)" }

  package static func < (left: ForeignChain, right: ForeignChain) -> Bool { left.description < right.description }
}

/// Gathers the parts of our table.
private struct TableReading {
  let lines: RuleLines
  private var policy: FirewallTable.Policy?
  private var sets: [String: [JSON]] = [:]
  private var rules: [(rule: Rule, text: String)] = []
  private var extra: [String] = []

  init(lines: RuleLines) { self.lines = lines }

  mutating func take(_ item: JSON) {
    for (kind, value) in item.members ?? [:] {
      switch kind {
      case "metainfo", "table": continue
      case "chain": takeChain(value)
      case "set": takeSet(value)
      case "rule": takeRule(value)
      default: extra.append(ShownText.of("\(kind) \(value["name"].string ?? "")"))
      }
    }
  }

  private mutating func takeChain(_ chain: JSON) {
    let isOurs =
      chain["name"].string == FirewallTable.chain && chain["type"].string == "filter"
      && chain["hook"].string == "input" && chain["prio"].integer == Int64(FirewallTable.priority)
    guard isOurs, let word = chain["policy"].string, let policy = FirewallTable.Policy(rawValue: word) else {
      extra.append(ShownText.of("chain \(chain["name"].string ?? "")"))
      return
    }
    self.policy = policy
  }

  private mutating func takeSet(_ set: JSON) {
    let forms = [
      "lan4": ("ipv4_addr", true), "lan6": ("ipv6_addr", true), "nodes4": ("ipv4_addr", false),
      "nodes6": ("ipv6_addr", false),
    ]
    let name = set["name"].string ?? ""
    let flags = set["flags"].list?.compactMap(\.string) ?? []
    guard let form = forms[name], set["type"].string == form.0, flags == (form.1 ? ["interval"] : []) else {
      extra.append(ShownText.of("set \(name)"))
      return
    }
    sets[name] = set["elem"].list ?? []
  }

  private mutating func takeRule(_ json: JSON) {
    let text = lines[json["handle"].integer] ?? "rule \(json["handle"].integer ?? 0)"
    if json["chain"].string == FirewallTable.chain, let rule = Rule(json) {
      rules.append((rule, text))
    } else {
      extra.append(text)
    }
  }

  /// What was gathered, put together; what is left over is extra.
  var table: FirewallTable {
    var (left, extra) = (rules, extra)
    func take(_ wanted: [Rule]) -> Bool {
      var rest = left
      for rule in wanted {
        guard let index = rest.firstIndex(where: { $0.rule == rule }) else { return false }
        rest.remove(at: index)
      }
      left = rest
      return true
    }
    let basics = Basic.allCases.filter { take($0.rules) }
    var openings: [String: Opening] = [:]
    for (rule, _) in rules {
      guard let name = rule.openingName, openings[name] == nil, let opening = Opening(rule) else { continue }
      if take(opening.rules(named: name)) { openings[name] = opening }
    }
    let lan = networks(["lan4", "lan6"], &extra)
    let nodes = networks(["nodes4", "nodes6"], &extra).map(\.address)
    extra += left.map(\.text)
    return FirewallTable(
      policy: policy,
      openings: openings,
      basics: Set(basics),
      lan: lan,
      nodes: nodes,
      extra: Set(extra).sorted()
    )
  }

  private func networks(_ names: [String], _ extra: inout [String]) -> [IPNetwork] {
    var result: [IPNetwork] = []
    for name in names {
      for element in sets[name] ?? [] {
        if let network = IPNetwork(element) {
          result.append(network)
        } else {
          extra.append("an element of the set \(name)")
        }
      }
    }
    return result
  }
}

extension Rule {
  /// Nil when it is none of ours.
  fileprivate init?(_ json: JSON) {
    guard let comment = json["comment"].string, let parts = json["expr"].list, parts.last == ["accept": .null] else {
      return nil
    }
    let matches = parts.dropLast().map { Match($0["match"]) }
    guard matches.allSatisfy({ $0 != nil }) else { return nil }
    self.init(matches: matches.compactMap { $0 }, comment: comment)
  }

  fileprivate var openingName: String? {
    guard comment.hasPrefix("opening ") else { return nil }
    let name = String(comment.dropFirst("opening ".count))
    return Opening.isName(name) ? name : nil
  }
}

extension Match {
  /// Nil when it is none that we write.
  fileprivate init?(_ json: JSON) {
    let (left, right) = (json["left"], json["right"])
    if json["op"].string == "in" {
      let isEstablished = left == ["ct": ["key": .text("state")]]
      guard isEstablished, Set(right.texts) == ["established", "related"] else { return nil }
      self = .established
      return
    }
    guard json["op"].string == "==" else { return nil }
    if left == ["meta": ["key": .text("iifname")]], right.string == "lo" {
      self = .loopback
    } else if let match = Match(left["payload"]["protocol"].string, left["payload"]["field"].string, right) {
      self = match
    } else {
      return nil
    }
  }

  private init?(_ transport: String?, _ field: String?, _ right: JSON) {
    switch (transport, field) {
    case ("ip", "protocol") where right.string == "igmp": self = .igmp
    case ("ip6", "hoplimit") where right.integer == 255: self = .hopLimit255
    case ("icmp", "type"): self = .icmp(Set(right["set"].texts))
    case ("icmpv6", "type"): self = .icmpv6(Set(right["set"].texts))
    case ("ip", "saddr"), ("ip6", "saddr"): self.init(source: right, isIPv4: transport == "ip")
    default:
      guard let transport = transport.flatMap(Opening.Transport.init), let side = field.flatMap(Side.init),
        let ports = Match.ports(right)
      else { return nil }
      self = .port(transport, side, ports)
    }
  }

  private init?(source: JSON, isIPv4: Bool) {
    if let name = source.string, name.hasPrefix("@"), name.last == (isIPv4 ? "4" : "6") {
      guard let group = Group(rawValue: String(name.dropFirst().dropLast())) else { return nil }
      self = .source(group, isIPv4: isIPv4)
    } else {
      guard let network = IPNetwork(source), network.address.isIPv4 == isIPv4 else { return nil }
      self = .sourceNetwork(network)
    }
  }

  private static func ports(_ json: JSON) -> ClosedRange<UInt16>? {
    if let port = json.integer.flatMap(UInt16.init(exactly:)) { return port...port }
    let ends = (json["range"].list ?? []).compactMap { $0.integer.flatMap(UInt16.init(exactly:)) }
    guard ends.count == 2, ends[0] <= ends[1] else { return nil }
    return ends[0]...ends[1]
  }
}

extension IPNetwork {
  /// An address, or a prefix; nil for a range, which we never write.
  fileprivate init?(_ json: JSON) {
    if let text = json.string {
      self.init(text)
    } else {
      guard let address = json["prefix"]["addr"].string, let bits = json["prefix"]["len"].integer else { return nil }
      self.init("\(address)/\(bits)")
    }
  }
}

extension JSON: ExpressibleByDictionaryLiteral {
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { $1 }))
  }

  fileprivate var texts: [String] { list?.compactMap(\.string) ?? string.map { [$0] } ?? [] }
}

/// The lines of `nft -a list table`, by handle.
struct RuleLines {
  private var lines: [Int64: String] = [:]

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      guard let mark = line.range(of: " # handle ", options: .backwards),
        let handle = Int64(line[mark.upperBound...])
      else { continue }
      lines[handle] = ShownText.of(line[..<mark.lowerBound].trimmingCharacters(in: .whitespaces))
    }
  }

  subscript(_ handle: Int64?) -> String? { handle.flatMap { lines[$0] } }
}

/// Text of others that is safe to show: printable, and not long.
enum ShownText {
  static func of(_ text: String) -> String {
    let safe = text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? Character($0) : "?" }
    return String(safe.prefix(200))
  }
}
