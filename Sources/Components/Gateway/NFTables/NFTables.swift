internal import ProgramRunner

/// The host's firewall, through the program `nft`. Changes are single transactions that name our table only, and are
/// checked by `nft --check` before.
package struct NFTables: Sendable {
  private let program: [String]
  private static let limits = ProgramLimits(time: .seconds(20), outputBytes: 8 << 20)

  /// - Parameter program: the absolute path of `nft`, after what stands before it, such as `/usr/sbin/ip netns exec NAME`.
  package init(program: [String]) {
    precondition(!program.isEmpty, "a program has a path")
    self.program = program
  }

  /// The installed program.
  /// - Throws: `NFTablesError` with code `noProgram`.
  package static func installed() throws(NFTablesError) -> NFTables {
    guard let path = InstalledProgram.path("nft") else {
      throw NFTablesError(
        .noProgram,
        "the program nft is not installed, and without it no firewall can be managed; install it with: apt install nftables"
      )
    }
    return NFTables(program: [path])
  }

  /// Our table as it is; nil when there is none.
  package func read() async throws -> FirewallTable? {
    guard try await hasTable(), let json = try await listing() else { return nil }
    let table = try NFTListing.table(json)
    guard !table.extra.isEmpty else { return table }
    // The text is wanted only to show what is not ours; its loss is no reason to know nothing.
    let lines = (try? await run(["-a", "list", "table"] + Self.address)) ?? []
    return try NFTListing.table(json, lines: String(decoding: lines, as: UTF8.self))
  }

  private static let address = [FirewallTable.family, FirewallTable.name]

  private func hasTable() async throws -> Bool {
    try await NFTListing.hasTable(run(["-j", "list", "tables", FirewallTable.family]))
  }

  /// Our table in JSON; nil when it was taken away since it was last looked for, as the guard and people may do any
  /// moment.
  private func listing() async throws -> [UInt8]? {
    do {
      return try await run(["-j", "list", "table"] + Self.address)
    } catch let refusal as NFTablesError where refusal.code == .refused {
      guard try await hasTable() else { return nil }
      throw refusal
    }
  }

  /// Chains of others that turn away what our table would let in.
  package func foreignDrops() async throws -> [ForeignChain] {
    try await NFTListing.foreignDrops(run(["-j", "list", "chains"]))
  }

  /// Replaces our table by this one, or changes nothing.
  package func replace(with table: FirewallTable) async throws {
    try await commit(try FirewallScript.replacing(with: table))
  }

  /// Removes our table; it may be absent already.
  package func remove() async throws { try await commit(FirewallScript.removing) }

  /// Says anew who is in the home's own networks.
  package func follow(lan: [IPNetwork]) async throws { try await commit(FirewallScript.following(lan: lan)) }

  private func commit(_ script: String) async throws {
    _ = try await run(["--check", "-f", "-"], input: script)
    _ = try await run(["-f", "-"], input: script)
  }

  private func run(_ arguments: [String], input: String = "") async throws -> [UInt8] {
    let call = ProgramCall(
      program[0],
      program.dropFirst() + arguments,
      environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"],
      input: Array(input.utf8)
    )
    let outcome = try await outcome(of: call)
    guard !outcome.isSuccess else { return outcome.output }
    let words = ShownText.of(outcome.errorText.split(separator: "\n").prefix(2).joined(separator: "; "))
    if words.contains("Operation not permitted") || words.contains("must be root") {
      throw NFTablesError(
        .notPermitted,
        "this user may not look at the firewall; run the daemon as root, or give it the right CAP_NET_ADMIN"
      )
    }
    throw NFTablesError(.refused, "nft refused: \(words)")
  }

  private func outcome(of call: ProgramCall) async throws -> ProgramOutcome {
    do {
      return try await ProgramRunner.run(call, limits: Self.limits)
    } catch let error as ProgramError {
      switch error {
      case .notStarted: throw NFTablesError(.noProgram, "\(error); install it with: apt install nftables")
      case .timedOut: throw NFTablesError(.timedOut, "\(error); is the machine overloaded?")
      case .interrupted: throw NFTablesError(.badAnswer, "\(error)")
      }
    }
  }
}
