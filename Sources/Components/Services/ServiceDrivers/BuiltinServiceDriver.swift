package import RhizomeDriver
internal import RhizomeModel

/// An engine that is part of this program and may be opened to others; it listens on loopback otherwise.
package protocol BuiltinEngine: Sendable {
  /// Listens on these ports of all addresses instead of those opened before. Doing so again changes nothing.
  /// - Throws: when a port is taken or must not be listened on.
  func open(_ ports: [Int]) async throws
  /// Like `open`, for ports that were open before this program was started, and without waiting for the engine to start:
  /// what starts it may wait for the look that asks. It opens them when it starts.
  func reopen(_ ports: [Int]) async throws
  /// Listens on loopback only.
  func close() async throws
  /// The ports it is open on; empty when it is closed.
  func openPorts() async -> [Int]
}

extension BuiltinEngine {
  /// An engine that is there from the start.
  package func reopen(_ ports: [Int]) async throws { try await open(ports) }
}

/// Runs services with `run.builtin`: opens engines of this program on the ports of the service.
package actor BuiltinServiceDriver: Driver {
  package nonisolated let name = "builtin"
  package nonisolated let capabilities = Capabilities(kinds: [.service], maxConcurrency: 1, marksObjects: true)

  private let engines: [String: any BuiltinEngine]
  private let files: PlacementFiles
  private var placements: [String: Placement] = [:]
  private var unreadable: [String: String] = [:]
  /// The one restoration; whoever looks meanwhile waits for it, and does not take for closed what is being opened.
  private var restoration: Task<String?, Never>?

  /// - Parameter engines: by the word that `run.builtin` has for them.
  package init(engines: [String: any BuiltinEngine], files: PlacementFiles) {
    self.engines = engines
    self.files = files
  }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    if let problem = await restore() { return .unknown(targets, reason: problem) }
    var report = ObservationReport()
    for target in targets { report.observations[target.address] = await observation(target.address) }
    let asked = Set(targets.map(\.address))
    report.foreign = placements.values.filter { !asked.contains($0.address) }.map { placement in
      ForeignObject(address: placement.address, mark: placement.mark, summary: "an open engine of this program")
    }.sorted()
    return report
  }

  private func observation(_ address: Address) async -> Observation {
    if let problem = unreadable[address.name] { return .unknown(reason: problem) }
    guard let placement = placements[address.name] else { return .absent }
    var seen = ObservedResource(attributes: placement.attributes, mark: placement.mark)
    let ports = await engine(of: placement.attributes)?.openPorts() ?? []
    seen.facts = ["running": .boolean(!ports.isEmpty), "openPorts": .list(ports.map { .integer(Int64($0)) })]
    // On other ports than these it serves nobody who looks for it on them.
    guard placement.isWanted, ports.sorted() != BuiltinServiceDriver.ports(placement.attributes) else {
      return .present(seen)
    }
    seen.attributes["run"] = .null
    return .present(seen.showing("run"))
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    if let problem = await restore() { throw DriverError(.unavailable, problem) }
    switch operation.verb {
    case .delete: return try await delete(operation.address)
    case .create, .update, .adopt:
      guard let desired = operation.desired else {
        throw DriverError(.internalFailure, "\(operation.address) came without its declaration")
      }
      return try await place(desired, operation.mark)
    }
  }

  private func place(_ desired: Resource, _ mark: OwnershipMark) async throws(DriverError) -> Outcome {
    guard let word = desired.attributes["run"]["builtin"].text, engines[word] != nil else {
      let known = engines.keys.sorted().joined(separator: ", ")
      throw DriverError(.invalid, "run.builtin of \(desired.address) must be one of the engines here: \(known)")
    }
    guard !BuiltinServiceDriver.ports(desired.attributes).isEmpty else {
      throw DriverError(.invalid, "\(desired.address) has no ports, so there is nothing to open; declare one in ports")
    }
    try refuseSharing(word, desired.address)
    let name = desired.address.name
    if let before = placements[name], before.attributes["run"]["builtin"].text != word { try await close(before) }
    let attributes = desired.attributes.withFingerprintsOnly
    let placement = Placement(address: desired.address, mark: mark, attributes: attributes, process: nil)
    do throws(PlacementFiles.Failure) {
      try files.store(placement)
    } catch {
      throw DriverError(.internalFailure, error.description)
    }
    placements[name] = placement
    unreadable[name] = nil
    try await open(placement)
    return Outcome()
  }

  /// Two services that open one engine would close it for each other.
  private func refuseSharing(_ word: String, _ address: Address) throws(DriverError) {
    let other = placements.values.first { $0.address != address && $0.attributes["run"]["builtin"].text == word }
    guard let other else { return }
    throw DriverError(.conflict, "\(other.address) opens the engine \(word) already; give that service both ports")
  }

  private func open(_ placement: Placement) async throws(DriverError) {
    guard let engine = engine(of: placement.attributes) else { return }
    do {
      if placement.isWanted {
        try await engine.open(BuiltinServiceDriver.ports(placement.attributes))
      } else {
        try await engine.close()
      }
    } catch {
      throw DriverError(.unavailable, "\(placement.address) cannot be opened: \(error)")
    }
  }

  private func close(_ placement: Placement) async throws(DriverError) {
    do {
      try await engine(of: placement.attributes)?.close()
    } catch {
      throw DriverError(.unavailable, "\(placement.address) cannot be closed: \(error)")
    }
  }

  private func delete(_ address: Address) async throws(DriverError) -> Outcome {
    if let placement = placements[address.name] { try await close(placement) }
    do throws(PlacementFiles.Failure) {
      try files.remove(address.name)
    } catch {
      throw DriverError(.internalFailure, error.description)
    }
    placements[address.name] = nil
    unreadable[address.name] = nil
    return Outcome()
  }

  /// Opens, once, what was open before this program was started; what does not open is seen by the next look.
  /// - Returns: why it is not known what that was; nil when it is.
  private func restore() async -> String? {
    if let restoration { return await restoration.value }
    let mine = Task { await readAndReopen() }
    restoration = mine
    let problem = await mine.value
    if problem != nil { restoration = nil }
    return problem
  }

  private func readAndReopen() async -> String? {
    do throws(PlacementFiles.Failure) {
      for (name, result) in try files.load() {
        switch result {
        case .success(let placement): placements[name] = placement
        case .failure(let failure): unreadable[name] = failure.description
        }
      }
    } catch {
      return error.description
    }
    for placement in placements.values where placement.isWanted {
      try? await engine(of: placement.attributes)?.reopen(BuiltinServiceDriver.ports(placement.attributes))
    }
    return nil
  }

  private func engine(of attributes: Value) -> (any BuiltinEngine)? {
    attributes["run"]["builtin"].text.flatMap { engines[$0] }
  }

  private static func ports(_ attributes: Value) -> [Int] {
    (attributes["ports"].map ?? [:]).values.compactMap { $0["port"].integer.map(Int.init) }.sorted()
  }
}
