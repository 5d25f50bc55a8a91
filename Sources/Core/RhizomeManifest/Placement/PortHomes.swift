internal import RhizomeModel

/// The public ports that homes have, and those that are taken.
struct PortHomes {
  private let ranges: [String: ClosedRange<Int64>]
  /// By home, the homes behind the same public address, itself among them; sorted.
  private let neighbours: [String: [String]]
  private let zones: [String: Declaration]
  /// What any service wants anywhere: the free port of an advice must not be the next conflict.
  private let taken: Set<PortClaim>

  init(_ catalog: Catalog) {
    let all = catalog.all(.zone)
    zones = Dictionary(all.map { ($0.address.name, $0) }, uniquingKeysWith: { first, _ in first })
    ranges = zones.compactMapValues(PortHomes.written)
    let open = all.filter { $0.spec["gateway"]["mode"].text != "none" }
    let groups = Dictionary(grouping: open) { $0.spec["gateway"]["publicAddress"].text }
    var neighbours: [String: [String]] = [:]
    for case (.some, let group) in groups {
      let names = group.map(\.address.name).sorted()
      for name in names { neighbours[name] = names }
    }
    self.neighbours = neighbours
    let wanted = catalog.all(.service).flatMap { Demand($0.address.name, $0.spec).publicPorts }
    taken = Set(wanted.map { $0.claim(in: "") })
  }

  /// The range that a home declares; nil when it declares none that makes sense.
  static func written(_ zone: Declaration) -> ClosedRange<Int64>? {
    let range = zone.spec["gateway"]["portRange"]
    guard let from = range["from"].integer, let to = range["to"].integer, from <= to else { return nil }
    return from...to
  }

  func range(of zone: String) -> ClosedRange<Int64> { ranges[zone] ?? 1...65_535 }

  /// Pairs of homes behind one public address, in the order of the files.
  var sharing: [(Declaration, Declaration)] {
    neighbours.sorted { $0.key < $1.key }.flatMap { name, group -> [(Declaration, Declaration)] in
      guard let zone = zones[name] else { return [] }
      return group.compactMap { zones[$0] }.filter { zone.location < $0.location }.map { (zone, $0) }
    }
  }

  /// Ports that two homes behind one public address both pass on, with the one that stands earlier in `ports`.
  func claimedInBoth(_ ports: [PublicPort]) -> [(PublicPort, PublicPort)] {
    var owners: [PortClaim: PublicPort] = [:]
    return ports.compactMap { port in
      guard let first = neighbours[port.zone]?.first else { return nil }
      let claim = PortClaim(place: first, transport: port.transport, number: port.external)
      guard let owner = owners[claim] else {
        owners[claim] = port
        return nil
      }
      return owner.zone == port.zone ? nil : (port, owner)
    }
  }

  /// A free port in the same home: the next one, else the first from 1024 on or within the home's range.
  func free(like claim: PortClaim) -> Int64? {
    let range = range(of: claim.place)
    let next = max(range.lowerBound, min(claim.number + 1, range.upperBound))...range.upperBound
    let lowest = ranges[claim.place] == nil ? 1_024 : range.lowerBound
    return next.first { isFree($0, claim) } ?? (lowest...range.upperBound).first { isFree($0, claim) }
  }

  private func isFree(_ number: Int64, _ claim: PortClaim) -> Bool {
    let others = (neighbours[claim.place] ?? []).filter { $0 != claim.place }
    return !taken.contains(PortClaim(place: "", transport: claim.transport, number: number))
      && !others.contains { ranges[$0]?.contains(number) ?? false }
  }
}
