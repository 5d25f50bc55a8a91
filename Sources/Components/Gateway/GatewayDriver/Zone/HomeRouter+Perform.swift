import PortControl
import RhizomeDriver
import RhizomeModel
import UPnP

/// Asks for mappings, and takes them back.
extension HomeRouter {
  /// How long an operation waits for another way to ask the router.
  private static let patienceForMethods = Duration.seconds(15)

  /// Asks for a mapping, or changes it.
  ///
  /// - Parameter adopting: also takes over a mapping that leads to this machine under another label.
  func establish(_ wish: MappingWish, _ address: Address, adopting: Bool) async throws(DriverError) -> Outcome {
    try checkRange(wish)
    try checkContest(wish)
    return try await DriverError.wrapping {
      do {
        return try await lock.run { try await obtain(wish, address, adopting: adopting) }
      } catch let error as UPnPError {
        if !isNotAskedYet { parts.heard(address, error) }
        throw error
      }
    }
  }

  private func obtain(_ wish: MappingWish, _ address: Address, adopting: Bool) async throws -> Outcome {
    let asked = wish.lease ?? settings.lease
    let grant = try await grantSomehow(wish, adopting: adopting)
    keep(address, wish, grant, asked: asked)
    contests[wish.key, default: PortContest()].made(at: now)
    record.letGo.remove(address.description)
    try await learnStatus()
    wake()
    return Outcome(facts: facts(grant.entry, lease: book.leases[address]))
  }

  /// Asks in the present way and, when the router has kept nothing for us in it and refuses, in the other ways.
  private func grantSomehow(_ wish: MappingWish, adopting: Bool) async throws -> MappingGrant {
    do {
      return try await grant(wish, adopting: adopting)
    } catch let error as UPnPError where error.mayBeTheMethod && wishes.isEmpty {
      guard let method = gateway?.method, try await changeMethod(from: method) else { throw error }
      do {
        return try await grant(wish, adopting: adopting)
      } catch let other as UPnPError {
        await goBack(to: method)
        throw other.mayBeTheMethod ? error : other
      }
    }
  }

  private func grant(_ wish: MappingWish, adopting: Bool) async throws -> MappingGrant {
    let (quirks, holders, lease, label) = (quirks, holders, wish.lease ?? settings.lease, holders.label)
    do {
      return try await ask { gateway in
        let local = gateway.identity.localAddress
        let request = try PortMappingRequest(
          key: wish.key,
          client: wish.client(local: local),
          internalPort: wish.internalPort,
          label: label.text(wish.key),
          lease: lease
        )
        return try await gateway.grant(request, quirks: quirks) {
          holders.mayTouch($0, local: local) || adopting && $0.client == local.description
        }
      }
    } catch let error as UPnPError {
      record.router?.failed(error.message, at: parts.time.wall())
      throw holders.conflict(error, wish.key, local: localAddress)
    }
  }

  /// - Returns: whether another way found the router.
  private func changeMethod(from method: PortMappingMethod) async throws -> Bool {
    uselessMethods.insert(method)
    guard settings.methods.contains(where: { !uselessMethods.contains($0) }) else {
      uselessMethods.remove(method)
      return false
    }
    let before = gateway
    gateway = nil
    forceSearch()
    do {
      _ = try await router(within: Self.patienceForMethods)
      return true
    } catch is UPnPError {
      uselessMethods.remove(method)
      gateway = before
      return false
    }
  }

  private func goBack(to method: PortMappingMethod) async {
    uselessMethods.remove(method)
    record.router?.lastGoodMethod = method.rawValue
    loseWay()
  }

  /// Removes a mapping of ours; fine when there is none, and one that is not ours is left alone.
  ///
  /// - Parameter made: as it was made, where that is known: some routers want to hear it again.
  func withdraw(_ address: Address, _ key: PortMappingKey, made: MappingWish?) async throws(DriverError) {
    try await DriverError.wrapping { try await lock.run { try await remove(address, key, made: made) } }
  }

  /// The same for who already has his turn.
  func remove(_ address: Address, _ key: PortMappingKey, made: MappingWish? = nil) async throws {
    if let wish = wishes[address] ?? made, let control = try await router(within: Self.patience) as? PortControlGateway
    {
      control.recall(try request(wish, control.identity))
    }
    wishes[address] = nil
    book.release(address)
    sightings[address] = nil
    contests[key] = nil
    let holders = holders
    shown[key] = try await ask { gateway in
      try await gateway.withdraw(key) { holders.mayTouch($0, local: gateway.identity.localAddress) }
    }
    await closePinhole(address)
  }

  private func checkRange(_ wish: MappingWish) throws(DriverError) {
    guard let range = settings.portRange, !range.contains(Int64(wish.key.externalPort)) else { return }
    throw DriverError(
      .invalid,
      "public port \(wish.key.externalPort) is outside the ports that \(zone) has "
        + "(\(range.lowerBound) to \(range.upperBound)); choose one of those"
    )
  }

  /// The same words at each try, so that a status that shows them stays the same.
  private func checkContest(_ wish: MappingWish) throws(DriverError) {
    guard let contest = contests[wish.key], contest.isPaused(at: now), let until = contest.pausesUntil else { return }
    let left = Int64((until - now) / Duration.milliseconds(1))
    let end = Timestamp(milliseconds: (parts.time.wall().milliseconds + left + 500) / 1000 * 1000)
    throw DriverError(
      .conflict,
      "\(wish.key) of the router was lost \(contest.losses) times in a row soon after it was mapped; another device may "
        + "want it, or the router drops it. Rhizome asks again at \(end); find the other device, or choose another "
        + "public port"
    )
  }

  /// Has ports looked at again whose pause is over.
  ///
  /// - Returns: when the next pause ends.
  func endPauses() -> Duration? {
    for (key, contest) in contests.sorted(by: { $0.key < $1.key }) {
      guard let until = contest.pausesUntil, until <= now else { continue }
      contests[key]?.endPause()
      haveLookedAt([MappingName.address(zone, key)])
    }
    return contests.values.compactMap(\.pausesUntil).min()
  }
}

extension UPnPError {
  /// Refusals that say more about the way of asking than about the port: UPnP may be switched off behind a page that
  /// still answers, while the router speaks another protocol well.
  fileprivate var mayBeTheMethod: Bool {
    switch code {
    case .refused(.invalidAction), .refused(.actionFailed), .refused(.notAuthorized): true
    default: false
    }
  }
}
