#if os(Linux)
  import Foundation
  import Synchronization
  package import UPnP

  /// Homes with real routers in network namespaces, declared in a few lines:
  ///
  ///     try await Lab.with("home larch machines=2\nhome aspen nat=carrier") { lab in
  ///       try await lab.plantMapping(on: "larch/m2", port: 8443)
  ///     }
  ///
  /// A place is `internet`, `HOME/router`, `HOME/carrier` or `HOME/MACHINE`. `Docs/Testing.md` has the options of a home.
  package struct Lab: Sendable {
    package let name: String
    /// What was where when the lab was made; `current()` is newer after an address has changed.
    package let facts: LabFacts

    /// Why no lab can be made here; nil when one can. For `.enabled(if:)` of tests.
    package static let unavailable: String? = {
      if getuid() != 0 { return "making network namespaces needs root" }
      let missing = ["ip", "tc", "nft", "miniupnpd", "python3"].filter { !isInstalled($0) }
      return missing.isEmpty ? nil : "these tools are not installed: \(missing.joined(separator: ", "))"
    }()

    private static func isInstalled(_ tool: String) -> Bool {
      ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains { access("\($0)/\(tool)", X_OK) == 0 }
    }

    /// Makes the homes, runs `body` and removes them, whatever happens. Labs that killed test runs left behind are
    /// swept first.
    ///
    /// - Parameter declaration: the text of a `.lab` file.
    package static func with<Result>(
      _ declaration: String,
      _ body: (Lab) async throws -> Result
    ) async throws -> Result {
      _ = try await LabProgram.run(["sweep"])
      let name = nextName()
      let facts = try decode(try await LabProgram.run(["-n", name, "up", "--json", "--text", declaration]))
      do {
        let result = try await body(Lab(name: name, facts: facts))
        try await remove(name)
        return result
      } catch {
        try await remove(name)
        throw error
      }
    }

    private static func decode(_ text: String) throws -> LabFacts {
      try JSONDecoder().decode(LabFacts.self, from: Data(text.utf8))
    }

    /// In a task of its own, so that a cancelled test (over its time limit) cleans up too.
    private static func remove(_ name: String) async throws {
      _ = try await Task { try await LabProgram.run(["-n", name, "down"]) }.value
    }

    private static let counter = Mutex(0)

    private static func nextName() -> String {
      let number = counter.withLock { count in
        count += 1
        return count
      }
      return "t\(getpid())-\(number)"
    }

    /// What is where now.
    package func current() async throws -> LabFacts { try Self.decode(try await command("info", "--json")) }

    /// - Throws: `LabError` when there is none of that name.
    package func home(_ name: String) throws -> LabFacts.Home {
      guard let home = facts.homes.first(where: { $0.name == name }) else { throw LabError("no home \(name)") }
      return home
    }

    /// - Parameter place: `HOME/MACHINE`.
    /// - Throws: `LabError` when there is none of that name.
    package func machine(_ place: String) throws -> LabFacts.Machine {
      for home in facts.homes {
        for machine in home.machines where "\(home.name)/\(machine.name)" == place { return machine }
      }
      throw LabError("no machine \(place)")
    }

    package func namespace(of place: String) -> NetworkNamespace {
      NetworkNamespace("rz-\(name)-\(place.replacing("/", with: "-"))")
    }

    /// Runs a program in a place and returns what it prints.
    ///
    /// - Throws: `LabError` with its standard error when it fails or takes longer than a minute.
    @discardableResult
    package func run(in place: String, _ command: [String]) async throws -> String {
      try await self.command(["exec", place] + command)
    }

    /// Runs blocking calls on threads that stand in `place`.
    package func calls(in place: String) -> BlockingCalls {
      let namespace = namespace(of: place)
      return BlockingCalls { try namespace.enterOnThisThread() }
    }

    @discardableResult
    func command(_ words: String...) async throws -> String { try await command(words) }

    @discardableResult
    func command(_ words: [String]) async throws -> String { try await LabProgram.run(["-n", name] + words) }
  }
#endif
