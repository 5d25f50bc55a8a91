import UPnP

/// What a router without a table granted, over restarts of the daemon.
extension HomeRouter {
  /// Tells a router that was just found what an earlier life of this program heard from it.
  func recollect(_ found: any PortMappingGateway) {
    guard let router = found as? any TablelessGateway, router.granted == nil else { return }
    let label = holders.label
    guard let known = record.grants?.known(to: router, at: parts.time.wall(), label: { label.text($0) }) else { return }
    router.takeUp(known)
    isHearsay = true
  }

  /// Has the router say how long it has kept its table, where all that is known of it was heard in an earlier life: only
  /// then what was granted counts.
  func hearFirst() async throws {
    guard isHearsay else { return }
    answered(try await ask { try await Self.status($0) })
  }

  /// Keeps in mind what the router granted.
  func noteGrants() {
    guard let gateway, !isHearsay else { return }
    guard let router = gateway as? any TablelessGateway else { return record.grants = nil }
    guard let known = router.granted else { return }
    let fresh = GrantMemory(known, of: router, at: parts.time.wall())
    if record.grants?.isSame(as: fresh) != true { record.grants = fresh }
  }
}
