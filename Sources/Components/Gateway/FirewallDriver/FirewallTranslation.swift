import NFTables
import RhizomeDriver
import RhizomeModel

/// Between the attributes of a `Firewall` and a table.
enum FirewallTranslation {
  /// - Parameter lan: who is in the home's own networks now.
  /// - Throws: `DriverError` with code `invalid`, naming what is wrong.
  static func table(_ attributes: Value, lan: [IPNetwork]) throws(DriverError) -> FirewallTable {
    var openings: [String: Opening] = [:]
    for (name, value) in attributes["openings"].map ?? [:] {
      guard Opening.isName(name), let opening = Opening(value) else {
        throw DriverError(
          .invalid,
          "the opening '\(name.prefix(100).debugDescription)' of the firewall is not understood"
        )
      }
      openings[name] = opening
    }
    var nodes: [IPAddress] = []
    for text in attributes["nodes"].texts ?? [] {
      guard let address = IPAddress(text) else {
        throw DriverError(.invalid, "'\(text)' is no IP address, so the firewall cannot let that machine in")
      }
      nodes.append(address)
    }
    let basics = (attributes["basics"].texts ?? []).compactMap(Basic.init)
    return FirewallTable(openings: openings, basics: Set(basics), lan: lan, nodes: nodes)
  }

  /// - Parameters:
  ///   - lan: what we wrote as the home's own networks.
  ///   - spelling: the addresses of machines as they are declared; the kernel writes them its own way.
  static func attributes(_ table: FirewallTable, lan: [IPNetwork], spelling: [String]) -> Value {
    let declared = Dictionary(
      spelling.compactMap { text in IPAddress(text).map { ($0, text) } },
      uniquingKeysWith: { $1 }
    )
    return [
      "policy": table.policy.map { .string($0.rawValue) } ?? .null,
      "openings": .map(table.openings.mapValues(\.value)),
      "nodes": .strings(table.nodes.map { declared[$0] ?? $0.description }.sorted()),
      "basics": .strings(table.basics.map(\.rawValue).sorted()),
      "extra": .strings((table.extra + strangers(table.lan, lan)).sorted()),
    ]
  }

  /// What somebody changed in the sets of the home's own networks.
  private static func strangers(_ seen: [IPNetwork], _ written: [IPNetwork]) -> [String] {
    let (seen, written) = (Set(seen), Set(written))
    return seen.subtracting(written).map { "\($0) counts as the home's own network" }
      + written.subtracting(seen).map { "\($0) does not count as the home's own network" }
  }
}

extension Opening {
  fileprivate init?(_ value: Value) {
    guard let transport = value["protocol"].text.flatMap(Transport.init), let from = value["from"].text,
      let audience = Audience(rawValue: from), let first = value["port"].integer.flatMap(UInt16.init(exactly:)),
      let last = (value["to"].integer ?? Int64(first)) as Int64?, let end = UInt16(exactly: last), 0 < first,
      first <= end
    else { return nil }
    self.init(transport, first...end, from: audience)
  }

  fileprivate var value: Value {
    var members: [String: Value] = [
      "protocol": .string(transport.rawValue), "port": .integer(Int64(ports.lowerBound)),
      "from": .string(audience.rawValue),
    ]
    if ports.count > 1 { members["to"] = .integer(Int64(ports.upperBound)) }
    return .map(members)
  }

  /// For people: `tcp 22 from the home's own network`.
  var sentence: String {
    let numbers = ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound) to \(ports.upperBound)"
    let who =
      switch audience {
      case .lan: "the home's own network"
      case .nodes: "the other machines"
      case .all: "everybody"
      }
    return "\(transport.rawValue) \(numbers) from \(who)"
  }
}
