package import ProcessSupervisor
package import RhizomeDriver
internal import RhizomeModel

/// Runs services with `run.process` as child processes of this program.
///
/// What was applied is kept on the node (`PlacementFiles`), so that a node that starts without the others runs what it
/// last knew. One instance runs on a node, whatever the number of replicas; none when that is 0.
package actor ProcessDriver: NotifyingDriver {
  package nonisolated let name = "process"
  package nonisolated let capabilities = Capabilities(kinds: [.service], maxConcurrency: 4, marksObjects: true)
  package nonisolated let notices: AsyncStream<DriverNotice>

  private let notify: AsyncStream<DriverNotice>.Continuation
  private let supervisor: ProcessSupervisor
  private let files: PlacementFiles
  private var placements: [String: Placement] = [:]
  /// Placements on the disk that cannot be read, and why: unknown, not absent.
  private var unreadable: [String: String] = [:]
  private var restoration: Task<String?, Never>?

  package init(supervisor: ProcessSupervisor, files: PlacementFiles) {
    self.supervisor = supervisor
    self.files = files
    (notices, notify) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
  }

  /// Starts what this node last ran, then passes on what happens to it; when cancelled, stops it all.
  package func run() async throws {
    _ = await restore()
    for await event in supervisor.events { notify.yield(DriverNotice(event)) }
    await supervisor.stopAll()
  }

  /// What a service writes: its last lines and then what follows; nil when it does not run here.
  package func log(_ service: String) async -> LogFile? { await supervisor.log(service) }

  // MARK: Looking

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    if let problem = await restore() { return .unknown(targets, reason: problem) }
    var report = ObservationReport()
    for target in targets { report.observations[target.address] = await observation(target.address) }
    let asked = Set(targets.map(\.address))
    report.foreign = placements.values.filter { !asked.contains($0.address) }.map { placement in
      ForeignObject(address: placement.address, mark: placement.mark, summary: "a process of this node")
    }.sorted()
    return report
  }

  private func observation(_ address: Address) async -> Observation {
    if let problem = unreadable[address.name] { return .unknown(reason: problem) }
    guard let placement = placements[address.name], let status = await supervisor.status(address.name) else {
      return placements[address.name].map { .present(ObservedResource(attributes: $0.attributes, mark: $0.mark)) }
        ?? .absent
    }
    var attributes = placement.attributes
    for (path, content) in await supervisor.alteredFiles(address.name) {
      attributes["files"] = attributes["files"].replacingFile(path, content: content)
    }
    let seen = ObservedResource(attributes: attributes, mark: placement.mark, facts: status.facts)
    // A program that ended is missed at `run`; that it was stopped on purpose is no drift.
    guard placement.isWanted, status.phase == .waiting else { return .present(seen) }
    var ended = seen
    ended.attributes["run"] = .null
    return .present(ended.showing("run"))
  }

  // MARK: Acting

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    if let problem = await restore() { throw DriverError(.unavailable, problem) }
    switch operation.verb {
    case .delete: return try await delete(operation.address.name)
    case .create, .update, .adopt:
      guard let desired = operation.desired else {
        throw DriverError(.internalFailure, "\(operation.address) came without its declaration")
      }
      return try await place(desired, operation.mark)
    }
  }

  private func place(_ desired: Resource, _ mark: OwnershipMark) async throws(DriverError) -> Outcome {
    let definition = try ServiceSpec.process(desired)
    let name = desired.address.name
    let isSame = placements[name]?.process?.digest == definition.digest
    let attributes = desired.attributes.withFingerprintsOnly
    let placement = Placement(address: desired.address, mark: mark, attributes: attributes, process: definition)
    try store(placement)
    do {
      if !placement.isWanted {
        await supervisor.stop(name)
      } else if isSame, let status = await supervisor.status(name), status.phase == .waiting {
        // Its supervisor starts it again in its own time; starting it here would undo the growing waits.
        try await supervisor.renderFiles(name)
        throw DriverError(.unavailable, status.waitingSentence)
      } else {
        try await supervisor.apply(definition)
        if isSame { try await supervisor.renderFiles(name) }
      }
    } catch {
      throw DriverError(supervising: error)
    }
    return Outcome(facts: await supervisor.status(name)?.facts ?? [:])
  }

  private func delete(_ name: String) async throws(DriverError) -> Outcome {
    do {
      try await supervisor.remove(name)
      try files.remove(name)
    } catch {
      throw DriverError(supervising: error)
    }
    placements[name] = nil
    unreadable[name] = nil
    return Outcome()
  }

  private func store(_ placement: Placement) throws(DriverError) {
    do {
      try files.store(placement)
    } catch {
      throw DriverError(.internalFailure, error.description)
    }
    placements[placement.address.name] = placement
    unreadable[placement.address.name] = nil
  }

  // MARK: Restoring

  /// Starts, once, what is placed on this node.
  /// - Returns: why it could not be known what that is; nil otherwise.
  private func restore() async -> String? {
    let task = restoration ?? Task { await startPlacements() }
    restoration = task
    let problem = await task.value
    // A look that failed is made again.
    if problem != nil { restoration = nil }
    return problem
  }

  private func startPlacements() async -> String? {
    let found: [String: Result<Placement, PlacementFiles.Failure>]
    do {
      found = try files.load()
    } catch {
      return error.description
    }
    for (name, result) in found {
      switch result {
      case .success(let placement): placements[name] = placement
      case .failure(let failure): unreadable[name] = failure.description
      }
    }
    let definitions = placements.values.filter(\.isWanted).compactMap(\.process)
    await withTaskGroup(of: Void.self) { [supervisor] group in
      // What does not start is tried again by its supervisor, and seen by the next look.
      for definition in definitions { group.addTask { try? await supervisor.apply(definition) } }
    }
    return nil
  }
}
