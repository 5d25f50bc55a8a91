import RhizomeDriver
import RhizomeModel
import UPnP

/// What is shown of a home and its mappings. Changes with events only, never with time.
extension HomeRouter {
  /// What is worth showing of a mapping beyond its spec.
  func facts(_ entry: PortMapping, lease: Lease?) -> [String: Value] {
    var facts: [String: Value] = ["gateway": .string(gateway?.method.rawValue ?? "upnp")]
    facts["verdict"] = .string(verdict(entry))
    facts["publicAddress"] = publicAddress.map(Value.string)
    facts["holder"] = holders.label.isOurs(entry) ? "this cluster" : .string(holder(entry))
    if let lease { facts["lease"] = .string(lease.length == nil ? "without end" : "renewed by itself") }
    if let opening = pinholes.fact(MappingName.address(zone, entry.key)) { facts["ipv6"] = .string(opening) }
    return facts
  }

  private func holder(_ entry: PortMapping) -> String { holders.summary(entry, local: localAddress) }

  private var publicAddress: String? { status?.externalAddress?.description ?? settings.publicAddress }

  /// Whether the mapping can be of use: a router behind another router or a provider's NAT forwards in vain.
  private func verdict(_ entry: PortMapping) -> String {
    guard holders.label.isOurs(entry) else { return "conflicting" }
    guard let external = status?.externalAddress else {
      return settings.publicAddress == nil ? "mapped, no public address known" : "mapped"
    }
    return external.isReserved ? "mapped, but the router itself is behind another NAT (\(external))" : "mapped"
  }

  /// The home as a whole, for the status of its `Zone`.
  func zoneFacts() -> [String: Value] {
    var facts: [String: Value] = ["gateway": "upnp", "router": routerFact]
    facts["publicIPv4"] = record.publicIPv4.fact.ifKnown
    facts["publicIPv6"] = record.publicIPv6.fact.ifKnown
    facts["nat"] = nat.map(Value.string)
    facts["line"] = lineDownSince.map { .string("down since \($0)") }
    facts["mappings"] = mappingsFact
    facts["warning"] = urlProblem.map(Value.string)
    facts["ipv6"] = pinholes.homeFact.map(Value.string)
    return facts
  }

  private var routerFact: Value {
    guard let router = record.router else { return .string(searchError?.message ?? "not asked yet") }
    var fact: [String: Value] = [
      "method": .string(router.lastGoodMethod), "known": .string("since \(router.firstSeen)"),
    ]
    let name = [router.manufacturer, router.model].filter { !$0.isEmpty }.joined(separator: " ")
    if !name.isEmpty { fact["device"] = .string(name) }
    if !router.udn.isEmpty { fact["id"] = .string(router.udn) }
    if !router.descriptionURL.isEmpty { fact["description"] = .string(router.descriptionURL) }
    if !router.quirks.isEmpty { fact["quirks"] = .map(router.quirks.mapValues { .string("since \($0)") }) }
    if let error = router.lastError { fact["lastError"] = .string("\(error.at): \(error.message)") }
    if !isNotAskedYet { fact["answers"] = .boolean(!hasToldSilence) }
    return .map(fact)
  }

  private var mappingsFact: Value? {
    guard tableReadAt != nil else { return nil }
    let ours = shown.values.count { holders.label.isOurs($0) }
    return ["ours": .integer(Int64(ours)), "others": .integer(Int64(shown.count - ours))]
  }

  /// A hint only: whether traffic gets through is judged from outside.
  private var nat: String? {
    guard let address = status?.externalAddress else { return nil }
    if address.isCarrierShared { return "the router's own address \(address) is shared by its provider (CGNAT)" }
    if address.isReserved { return "the router's own address \(address) is private: it is behind another router" }
    return "the router has a public address"
  }
}

extension Value {
  /// Nil for null.
  fileprivate var ifKnown: Value? { isNull ? nil : self }
}

extension IPv4Address {
  /// 100.64.0.0/10, for providers' own NAT (RFC 6598).
  fileprivate var isCarrierShared: Bool { rawValue >> 22 == 0x6440_0000 >> 22 }
}
