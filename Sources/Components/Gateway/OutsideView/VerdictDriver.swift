import Reachability
package import RhizomeDriver
package import RhizomeModel
import ServiceLifecycle
package import UPnP

/// The gateway's driver with its tongue loosened: what the router says goes to the board, and what the board makes of it,
/// with what others see from outside, is shown in statuses and errors.
package struct VerdictDriver: WatchfulDriver, SurveyingDriver, Service {
  package let notices: AsyncStream<DriverNotice>
  private let notify: AsyncStream<DriverNotice>.Continuation
  private let base: any WatchfulDriver
  private let board: VerdictBoard
  private let clusterID: String
  private let standing: @Sendable (String) async -> RouterStanding

  package var name: String { base.name }
  package var capabilities: Capabilities { base.capabilities }

  /// - Parameter standing: what can be said of a zone's router where a look came to nothing.
  package init(
    _ base: any WatchfulDriver,
    board: VerdictBoard,
    clusterID: String,
    standing: @escaping @Sendable (String) async -> RouterStanding
  ) {
    (self.base, self.board, self.clusterID, self.standing) = (base, board, clusterID, standing)
    (notices, notify) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(4096))
  }

  /// Hands on the notices of the driver and of the board.
  package func run() async throws {
    await cancelWhenGracefulShutdown {
      await withDiscardingTaskGroup { group in
        group.addTask { for await notice in base.notices { notify.yield(notice) } }
        group.addTask { for await notice in board.notices { notify.yield(notice) } }
      }
    }
  }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    await judged(await base.observe(targets))
  }

  package func glance(_ targets: [ObservationTarget]) async -> ObservationReport {
    await judged(await base.glance(targets))
  }

  package func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey {
    guard let base = base as? any SurveyingDriver else {
      throw DriverError(.invalid, "\(base.name) cannot tell what its engine holds")
    }
    return try await base.survey(targets)
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    do throws(DriverError) {
      var outcome = try await base.perform(operation)
      if operation.verb != .delete, let says = says(outcome) { board.note(operation.address, says) }
      board.refresh()
      outcome.facts.merge(board.facts(operation.address)) { $1 }
      return outcome
    } catch {
      board.refresh()
      throw told(operation.address, error)
    }
  }

  /// The board's sentence says the same in plainer words, and what to do.
  private func told(_ address: Address, _ error: DriverError) -> DriverError {
    guard let verdict = board.verdict(address), Self.speaksOfRouter.contains(verdict.word) else { return error }
    let code = Self.lasts.contains(verdict.word) ? .refused : error.code
    return DriverError(code, "\(verdict.sentence) \(verdict.advice)")
  }

  /// What no trying again helps against: a person, or the provider, has to do something.
  private static let lasts: Set<Verdict.Word> = [.upnpDisabled, .carrierNAT, .doubleNAT]

  private static let speaksOfRouter: Set<Verdict.Word> = [
    .conflicting, .refused, .noRouter, .upnpDisabled, .carrierNAT, .doubleNAT,
  ]

  private func judged(_ report: ObservationReport) async -> ObservationReport {
    var unanswered: [Address] = []
    for (address, observation) in report.observations {
      switch observation {
      case .present(let seen): board.note(address, says(seen))
      case .unknown: unanswered.append(address)
      case .absent: board.noteAnswer(address)
      }
    }
    for (zone, addresses) in Dictionary(grouping: unanswered, by: Self.zone) {
      board.noteNoAnswer(addresses, await standing(zone))
    }
    board.refresh()
    var told = report
    for (address, observation) in report.observations { told.observations[address] = self.told(address, observation) }
    return told
  }

  private func told(_ address: Address, _ observation: Observation) -> Observation {
    switch observation {
    case .present(var seen):
      seen.facts.merge(board.facts(address)) { $1 }
      return .present(seen)
    case .unknown:
      guard let verdict = board.verdict(address), [.noRouter, .upnpDisabled].contains(verdict.word) else {
        return observation
      }
      return .unknown(reason: "\(verdict.sentence) \(verdict.advice)")
    case .absent: return .absent
    }
  }

  private static func zone(_ address: Address) -> String {
    address.name.split(separator: ".").first.map(String.init) ?? ""
  }

  /// What the router agreed to just now need not be looked at before it counts; nil where no router was asked.
  private func says(_ outcome: Outcome) -> RouterSays? {
    guard let gateway = outcome.facts["gateway"], gateway != "static" else { return nil }
    return mapped(outcome.facts)
  }

  private func mapped(_ facts: [String: Value]) -> RouterSays {
    let address = facts["publicAddress"]?.text.flatMap { IPv4Address($0) }
    return .mapped(address: address, isPermanent: facts["lease"] == "without end")
  }

  private func says(_ seen: ObservedResource) -> RouterSays {
    if seen.facts["gateway"] == "static" { return .notYet }
    if let mark = seen.mark, mark.clusterID == clusterID { return mapped(seen.facts) }
    if let mark = seen.mark { return .conflict(.otherCluster(id: mark.clusterID)) }
    let device = seen.attributes["internalAddress"].text ?? "of unknown address"
    return .conflict(.device(address: device, label: ""))
  }
}

extension RouterSays {
  /// Whether it tells of a router that is not there.
  var isAbsence: Bool {
    switch self {
    case .silent, .notFound: true
    default: false
    }
  }

  /// Whether it names the holder of a port that `other` only points at: a look at the list and a refusal speak of the
  /// same holder with more and with fewer words, and neither is news after the other.
  func tellsMore(than other: RouterSays) -> Bool {
    guard case .conflict(.device(let holder, let label)) = self, case .conflict(.device(holder, let otherLabel)) = other
    else { return false }
    return !label.isEmpty && otherLabel.isEmpty
  }

  /// What a failed attempt to map a port says; nil when the router could not be asked at all.
  ///
  /// - Parameter isOurs: whether a mapping carries this cluster's label.
  package init?(_ error: UPnPError, isOurs: (PortMapping) -> Bool) {
    switch error.code {
    case .conflict(let holder?): self = .conflict(Holder(holder, isOurs: isOurs(holder)))
    case .conflict(nil): self = .conflict(.undisclosed)
    case .refused(let code): self = .refused(code)
    case .otherPortGranted(let port): self = .otherPort(port)
    case .notKept: self = .failed("it says yes, and its list does not have the port")
    case .badAnswer: self = .failed("its answers make no sense")
    default: return nil
    }
  }
}

extension RouterSays.Holder {
  fileprivate init(_ mapping: PortMapping, isOurs: Bool) {
    let client = UPnPError.printable(mapping.client)
    if isOurs {
      self = .otherNode(address: client)
    } else if mapping.label.hasPrefix("rhz-") {
      self = .otherCluster(id: UPnPError.printable(String(mapping.label.dropFirst(4).prefix { $0 != "-" })))
    } else {
      self = .device(address: client, label: UPnPError.printable(mapping.label))
    }
  }
}
