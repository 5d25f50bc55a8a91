import NFTables
import PrivateFiles
package import RhizomeDriver
import RhizomeModel
import ServiceLifecycle

/// Keeps the firewall of the machine that this daemon runs on: the driver of `Firewall`.
///
/// One table of ours says what comes in; other tables are never named in what is written. The first firewall of a machine
/// wears a seatbelt: it is taken away again unless somebody confirms that they still get in. Run as a service it notices
/// changes by hand, follows the networks of the home, and ends what nobody confirmed.
package actor FirewallDriver: NotifyingDriver, Service {
  package nonisolated let name = "firewall"
  package nonisolated let capabilities = Capabilities(kinds: [.firewall], maxConcurrency: 1, hasLastingFacts: true)
  package nonisolated let notices: AsyncStream<DriverNotice>

  let node: @Sendable () -> String?
  let files: SeatbeltFiles
  let surroundings: FirewallSurroundings
  private let notify: AsyncStream<DriverNotice>.Continuation
  /// The one resource of this machine, once anybody spoke of it.
  private var address: Address?
  var seen: Look?
  /// What counts as the home's own networks, as we last wrote it.
  var written: WrittenNetworks
  private var isBusy = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// - Parameters:
  ///   - node: which declared Node this machine is; nil when there is only one.
  ///   - folder: where it is remembered whether the firewall was confirmed.
  package init(
    folder: String,
    node: @escaping @Sendable () -> String?,
    surroundings: FirewallSurroundings = .machine
  ) {
    (self.node, self.surroundings) = (node, surroundings)
    files = SeatbeltFiles(folder: folder)
    written = WrittenNetworks(folder: folder)
    (notices, notify) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(64))
  }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    await exclusively {
      var report = ObservationReport()
      for target in targets { report.observations[target.address] = await observe(target) }
      return report
    }
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    try await DriverError.wrapping {
      try await self.exclusively { try await self.performAlone(operation) }
    }
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown { await self.watch() }
  }
}

/// What was seen when the kernel's count stood where it stands.
struct Look: Sendable {
  /// Nil where the kernel does not count.
  let generation: UInt32?
  let table: FirewallTable?
  let foreign: [ForeignChain]
}

extension FirewallDriver {
  /// One thing at a time: looks and changes would see each other half done.
  func exclusively<Result: Sendable>(_ body: () async throws -> Result) async rethrows -> Result {
    while isBusy { await withCheckedContinuation { waiting.append($0) } }
    isBusy = true
    defer {
      isBusy = false
      if !waiting.isEmpty { waiting.removeFirst().resume() }
    }
    return try await body()
  }

  /// The table as it is; not read again while no ruleset has changed.
  func look() async throws -> Look {
    let generation = surroundings.generation()
    if let seen, generation != nil, seen.generation == generation { return seen }
    let tables = try surroundings.tables()
    let look = Look(generation: generation, table: try await tables.read(), foreign: try await tables.foreignDrops())
    seen = look
    return look
  }

  func tell(_ reason: String, _ message: String, level: Event.Level = .normal) {
    guard let address = address ?? node().map({ Address(.firewall, $0) }) else { return }
    notify.yield(DriverNotice(address, level: level, reason: reason, message: message))
  }

  private func isOurs(_ address: Address) -> Bool { node().map { $0 == address.name } ?? true }

  private func observe(_ target: ObservationTarget) async -> Observation {
    guard isOurs(target.address) else { return .unknown(reason: Sentences.otherMachine(target.address)) }
    address = target.address
    do {
      let look = try await look()
      guard let table = look.table else { return .absent }
      let spelling = (target.desired ?? nil)?.attributes["nodes"].texts ?? target.prior?.attributes["nodes"].texts ?? []
      let attributes = FirewallTranslation.attributes(table, lan: written.networks ?? table.lan, spelling: spelling)
      let facts: [String: Value] = [
        "verdict": .string(Sentences.verdict(look.foreign)),
        "confirmation": .string(Sentences.confirmation(try files.phase())),
        "lan": .strings(table.lan.map(\.description)),
      ]
      return .present(ObservedResource(attributes: attributes, facts: facts).showing("policy"))
    } catch {
      return .unknown(reason: "\(error)")
    }
  }

  private func performAlone(_ operation: Operation) async throws -> Outcome {
    guard isOurs(operation.address) else {
      throw DriverError(.invalid, Sentences.otherMachine(operation.address))
    }
    address = operation.address
    // What was seen before says nothing any more, also when the change fails half way.
    defer { seen = nil }
    guard operation.verb != .delete, let desired = operation.desired else {
      try await surroundings.tables().remove()
      try files.clear()
      try written.forget()
      return Outcome()
    }
    if operation.verb != .adopt { try await put(desired.attributes) }
    // Soon after, the look that tells how it stands; it is also what later changes by hand are compared with.
    return Outcome(facts: ["confirmation": .string(Sentences.confirmation(try files.phase()))], recheckAfter: 200)
  }

  // MARK: - Watching

  private static let pause = Duration.seconds(10)

  private func watch() async {
    while !Task.isCancelled {
      let pause = await exclusively { await tend() }
      try? await surroundings.sleep(pause)
    }
  }

  /// A round at rest costs a message to the kernel, a list of the interfaces and three looks for a file.
  private func tend() async -> Duration {
    do {
      try await endWhatIsOver()
      if address != nil {
        try await noticeChanges()
        try await followNetworks()
      }
      guard case .waiting(let attempt) = try files.phase() else { return Self.pause }
      return min(Self.pause, .milliseconds(max(attempt.deadline - surroundings.uptime(), 0) + 10))
    } catch {
      // Looks tell why; the next round tries again.
      return Self.pause
    }
  }

  private func noticeChanges() async throws {
    guard let before = seen else {
      _ = try await look()
      return
    }
    guard try await look().table != before.table else { return }
    tell("ChangedByHand", "Somebody else changed the firewall's table.", level: .warning)
  }

  /// Only what counts as the home's own networks: what else somebody changed by hand stays for the drift report.
  private func followNetworks() async throws {
    let now = try surroundings.lan()
    guard let before = written.networks, now != before, try await look().table != nil else { return }
    try await surroundings.tables().follow(lan: now)
    seen = nil
    // Not before: what failed half way is then tried again in the next round.
    try written.keep(now)
    _ = try await look()
    tell("NetworksChanged", "The home's own networks are now \(now.map(\.description).joined(separator: ", ")).")
  }
}
