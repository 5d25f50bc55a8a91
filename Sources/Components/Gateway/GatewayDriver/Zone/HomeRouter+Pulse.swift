import RhizomeDriver
import RhizomeModel
import UPnP

/// The heartbeat: whether the router is there, whether it restarted, and what its public address is.
extension HomeRouter {
  /// Talks in a row that may fail before people are told: a lost packet is no news.
  private static let failuresBeforeTelling = 3

  func pulse() async {
    do {
      let router = try await router(within: .zero)
      let status = try await lock.run { try await Self.status(router) }
      answered(status)
    } catch let error as UPnPError {
      if isNotAskedYet { return book.postpone(at: now) }
      if error.invalidatesGateway { loseWay() }
      silent(error)
    } catch {
      book.hurry(at: now)
    }
  }

  /// Routers that lack the action still tell their address.
  static func status(_ router: any PortMappingGateway) async throws -> GatewayStatus {
    do {
      return try await router.status()
    } catch let error as UPnPError {
      guard case .refused = error.code else { throw error }
      let address = try await router.externalAddress()
      return GatewayStatus(externalAddress: address, isConnected: router.identity.isConnected, uptime: nil)
    }
  }

  func answered(_ status: GatewayStatus) {
    isHearsay = false
    book.pulsed(uptime: status.uptime.map { .seconds(Int64($0)) }, at: now)
    if hasToldSilence {
      hasToldSilence = false
      tell("RouterAnswers", "the router of \(zone) answers again")
      unanswered.formUnion(wishes.keys)
    }
    if !unanswered.isEmpty {
      haveLookedAt(unanswered)
      unanswered = []
    }
    note(status)
  }

  /// A talk failed without saying anything about a mapping.
  func silent(_ error: UPnPError) {
    book.silent(at: now)
    guard book.failures >= Self.failuresBeforeTelling, !hasToldSilence else { return }
    hasToldSilence = true
    record.router?.failed(error.message, at: parts.time.wall())
    unanswered.formUnion(wishes.keys)
    haveLookedAt(wishes.keys)
    tell("RouterSilent", error.message, level: .warning)
  }

  /// The public address and the state of the line.
  func note(_ status: GatewayStatus) {
    self.status = status
    if isDown(status) {
      lineDownSince = lineDownSince ?? parts.time.wall()
    } else {
      lineDownSince = nil
    }
    if let address = status.externalAddress?.description { noteAddress(address) }
  }

  /// Routers that are asked in PCP alone tell their address with the first mapping only: none told is not none had.
  private func isDown(_ status: GatewayStatus) -> Bool {
    !status.isConnected || status.externalAddress == nil && gateway?.method != .pcp
  }

  private func noteAddress(_ address: String) {
    let before = record.publicIPv4.current?.address
    guard record.publicIPv4.note(address, at: parts.time.wall()) else { return }
    guard let before else { return }
    tell("AddressChanged", "the public address of \(zone) is now \(address); it was \(before)")
    haveLookedAt(wishes.keys)
  }
}
