import RhizomeModel
import UPnP

/// Opens the router's IPv6 firewall for what is mapped, and follows the machine's address when the prefix changes.
extension HomeRouter {
  /// Does what is due; never fails anything else.
  ///
  /// - Returns: when there is more to do; nil when there is nothing.
  func tendPinholes() async -> Duration? {
    noteAddress6()
    let before = pinholeFacts
    defer { if before != pinholeFacts { haveLookedAt(wishes.keys) } }
    recallPinholes()
    while !Task.isCancelled {
      let directive = pinholes.next(wishes6, address: address6, isOffered: gateway?.pinholes != nil, at: now)
      if case .wait(let until) = directive { return until }
      guard let router = gateway?.pinholes else { return nil }
      try? await lock.run { await act(directive, router) }
    }
    return nil
  }

  /// What leads to this machine, by its own port: there is no translation in IPv6.
  private var wishes6: [Address: PinholeKeeper.Wish] {
    guard settings.ipv6, let localAddress else { return [:] }
    return wishes.filter { $0.value.client(local: localAddress) == localAddress }.mapValues {
      PinholeKeeper.Wish(transport: $0.key.transport, port: $0.internalPort)
    }
  }

  private var address6: IPv6Address? {
    StableAddress.choose(parts.network.ipv6Addresses(), current: pinholes.address)
  }

  private func noteAddress6() {
    if let address = address6 { _ = record.publicIPv6.note(address.description, at: parts.time.wall()) }
  }

  private func act(_ directive: PinholeKeeper.Directive, _ router: any PinholeGateway) async {
    switch directive {
    case .askFirewall: pinholes.firewallIs(try? await router.firewallStatus(), at: now)
    case .open(let name, let wish, let client): await open(name, wish, client, router)
    case .renew(let name, let id, let client): await renew(name, id, client, router)
    case .close(let name, let id, let client):
      try? await router.deletePinhole(id, client: client)
      forgetPinhole(name)
    case .wait: break
    }
  }

  private var lease6: UInt32 { min(settings.lease, PinholeRequest.longestLease) }

  private func open(
    _ name: Address,
    _ wish: PinholeKeeper.Wish,
    _ client: IPv6Address,
    _ router: any PinholeGateway
  ) async {
    do {
      let request = try PinholeRequest(wish.transport, client: client, port: wish.port, lease: lease6)
      let id = try await router.addPinhole(request)
      let lease = Lease(.timed(lease6), at: now, jitter: parts.time.jitter())
      pinholes.opened(name, PinholeKeeper.Opening(wish: wish, id: id, client: client, lease: lease))
      record.pinholes = record.pinholes.filter { $0.value.id != id }
      record.pinholes[name.description] = PinholeRecord(id: id, client: client.description, port: wish.port)
    } catch {
      let error = error as? UPnPError
      let isRefusal = if case .refused = error?.code { true } else { false }
      let message = error?.message ?? "stopped before the router answered"
      pinholes.failed(name, message, isRefusal: isRefusal, at: now)
      if isRefusal { record.pinholes[name.description] = nil }
    }
  }

  /// Any refusal means that the router has it no more, or that its number is somebody else's: it is opened anew.
  private func renew(_ name: Address, _ id: UInt16, _ client: IPv6Address, _ router: any PinholeGateway) async {
    do {
      try await router.updatePinhole(id, client: client, lease: lease6)
      pinholes.renewed(name, at: now, jitter: parts.time.jitter())
    } catch let error as UPnPError {
      guard case .refused = error.code else { return pinholes.refusedRenewal(name, at: now) }
      forgetPinhole(name)
    } catch {
      pinholes.refusedRenewal(name, at: now)
    }
  }

  /// Closes what belongs to a mapping that is no longer wanted. What cannot be closed now ends with its lease.
  func closePinhole(_ name: Address) async {
    guard let opening = record.pinholes[name.description], let client = IPv6Address(opening.client) else { return }
    try? await gateway?.pinholes?.deletePinhole(opening.id, client: client)
    forgetPinhole(name)
  }

  private func forgetPinhole(_ name: Address) {
    pinholes.closed(name)
    record.pinholes[name.description] = nil
  }

  /// Takes up what was opened before this process started.
  private func recallPinholes() {
    for (text, opening) in record.pinholes.sorted(by: { $0.key < $1.key }) {
      guard let name = Address(text), pinholes.openings[name] == nil, let client = IPv6Address(opening.client),
        let key = try? MappingName(name).key
      else { continue }
      // The mapping itself may not have been looked at yet.
      guard wishes[name] != nil || roll?.contains(name) == false else { continue }
      var lease = Lease(.timed(lease6), at: now, jitter: 0)
      lease.hurry(at: now)
      let wish = PinholeKeeper.Wish(transport: key.transport, port: opening.port)
      pinholes.opened(
        name,
        PinholeKeeper.Opening(wish: wish, id: opening.id, client: client, lease: lease, isDoubted: true)
      )
    }
  }

  private var pinholeFacts: [String?] { wishes.keys.sorted().map { pinholes.fact($0) } }
}
