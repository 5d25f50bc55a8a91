/// What is given to `nft -f -`: each script is one transaction, and names no table but ours.
package enum FirewallScript {
  private static let table = "\(FirewallTable.family) \(FirewallTable.name)"

  /// Replaces our table, whether it is there or not. What is in `extra` is not written.
  /// - Throws: `NFTablesError` with code `invalid` for a name that could be read as something else.
  package static func replacing(with table: FirewallTable) throws(NFTablesError) -> String {
    let rules = try table.rules
    let body =
      sets(table)
      + [
        "  chain \(FirewallTable.chain) {",
        "    type filter hook input priority \(FirewallTable.priority); policy \((table.policy ?? .drop).rawValue);",
      ] + rules.map { "    \($0.text)" } + ["  }"]
    return ([removing, "table \(Self.table) {"] + body + ["}", ""]).joined(separator: "\n")
  }

  /// Removes our table, whether it is there or not.
  package static let removing = "add table \(table)\ndelete table \(table)\n"

  /// Says anew who is in the home's own networks, and leaves all else.
  package static func following(lan: [IPNetwork]) -> String {
    let networks = IPNetwork.withoutOverlaps(lan)
    return [true, false].map { isIPv4 in
      let set = "\(table) lan\(isIPv4 ? 4 : 6)"
      let members = networks.filter { $0.address.isIPv4 == isIPv4 }.map(\.description)
      let adding = members.isEmpty ? "" : "add element \(set) { \(members.joined(separator: ", ")) }\n"
      return "flush set \(set)\n" + adding
    }.joined()
  }

  private static func sets(_ table: FirewallTable) -> [String] {
    [true, false].flatMap { isIPv4 in
      let (type, suffix) = isIPv4 ? ("ipv4_addr", "4") : ("ipv6_addr", "6")
      let lan = table.lan.filter { $0.address.isIPv4 == isIPv4 }.map(\.description)
      let nodes = table.nodes.filter { $0.isIPv4 == isIPv4 }.map(\.description)
      return set("lan" + suffix, "type \(type); flags interval;", lan) + set("nodes" + suffix, "type \(type);", nodes)
    }
  }

  private static func set(_ name: String, _ type: String, _ members: [String]) -> [String] {
    let elements = members.isEmpty ? "" : " elements = { \(members.joined(separator: ", ")) };"
    return ["  set \(name) { \(type)\(elements) }"]
  }
}

extension FirewallTable {
  /// The rules, in one order for equal tables.
  var rules: [Rule] {
    get throws(NFTablesError) {
      if let bad = openings.keys.first(where: { !Opening.isName($0) }) {
        throw NFTablesError(.invalid, "'\(bad.debugDescription)' is no name for an opening: use a-z, 0-9 and hyphens")
      }
      let opened = openings.sorted { $0.key < $1.key }.flatMap { $1.rules(named: $0) }
      return basics.sorted { $0.rawValue < $1.rawValue }.flatMap(\.rules) + opened
    }
  }
}
