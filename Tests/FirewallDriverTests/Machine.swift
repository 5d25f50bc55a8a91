import FirewallDriver
import Foundation
import NFTables
import ProgramRunner
import RhizomeDriver
import RhizomeModel
import Synchronization

/// A network namespace that stands for a machine, with a clock and surroundings that tests turn.
struct Machine: Sendable {
  static let works = getuid() == 0 && (try? NFTables.installed()) != nil

  private let name: String
  private let folder: String
  let clock = Surroundings()
  private let address = Address(.firewall, "tower")

  var tables: NFTables { NFTables(program: inside) }
  private var inside: [String] { ["/usr/sbin/ip", "netns", "exec", name, "/usr/sbin/nft"] }

  static func with(_ body: (Machine) async throws -> Void) async throws {
    let name = "rhz-fw-\(UInt32.random(in: 0 ... .max))"
    let folder = NSTemporaryDirectory() + "/" + name
    let machine = Machine(name: name, folder: folder)
    try await run(["/usr/sbin/ip", "netns", "add", name])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do {
      try await body(machine)
    } catch {
      try await run(["/usr/sbin/ip", "netns", "delete", name])
      throw error
    }
    try await run(["/usr/sbin/ip", "netns", "delete", name])
  }

  /// A daemon's driver; each new one is a new start of the daemon.
  func driver(
    node: String = "tower",
    program: [String]? = nil,
    hasGuard: Bool = false
  ) -> FirewallDriver {
    var surroundings = FirewallSurroundings.machine.driving(program ?? inside)
    // The kernel's count that a test sees is that of its own namespace.
    surroundings.generation = { nil }
    surroundings.lan = { [clock] in clock.lan }
    surroundings.sessions = { [clock] in clock.sessions }
    surroundings.uptime = { [clock] in clock.uptime }
    surroundings.boot = { [clock] in clock.boot }
    surroundings.sleep = { _ in try await Task.sleep(for: .milliseconds(20)) }
    if !hasGuard { surroundings.guardian = { Guardian { _, _, _ in } } }
    return FirewallDriver(folder: folder + "/firewall", node: { node }, surroundings: surroundings)
  }

  func observe(_ driver: FirewallDriver, _ attributes: Value) async -> Observation? {
    let target = ObservationTarget(address: address, desired: Resource(address, attributes: attributes), prior: nil)
    return await driver.observe([target]).observations[address]
  }

  func seen(_ driver: FirewallDriver, _ attributes: Value) async -> ObservedResource? {
    guard case .present(let resource)? = await observe(driver, attributes) else { return nil }
    return resource
  }

  func create(_ driver: FirewallDriver, _ attributes: Value) async throws(DriverError) -> Outcome {
    try await driver.perform(operation(.create, attributes))
  }

  func operation(_ verb: RhizomeDriver.Operation.Verb, _ attributes: Value?) -> RhizomeDriver.Operation {
    RhizomeDriver.Operation(
      verb,
      address,
      desired: attributes.map { Resource(address, attributes: $0) },
      prior: nil,
      mark: OwnershipMark(clusterID: "c", address: address)
    )
  }

  /// A change by hand.
  func nft(_ script: String) async throws { _ = try await Machine.run(inside + ["-f", "-"], script + "\n") }

  func ruleset() async throws -> String { try await Machine.run(inside + ["list", "ruleset"]) }

  /// - Returns: whether it came to hold within so many seconds.
  func wait(_ seconds: Int, _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
      guard ContinuousClock.now < end else { return false }
      try await Task.sleep(for: .milliseconds(50))
    }
    return true
  }

  struct Failure: Error { let words: [String], errors: String }

  @discardableResult
  private static func run(_ words: [String], _ input: String = "") async throws -> String {
    let path = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    let call = ProgramCall(words[0], Array(words.dropFirst()), environment: path, input: Array(input.utf8))
    let outcome = try await ProgramRunner.run(call, limits: ProgramLimits(time: .seconds(30)))
    guard outcome.isSuccess else { throw Failure(words: words, errors: outcome.errorText) }
    return outcome.outputText
  }
}

/// Time and place, as a test wants them.
final class Surroundings: Sendable {
  private struct State {
    var uptime: Int64 = 1_000
    var boot = "first"
    var lan = [IPNetwork("192.168.0.0/16"), IPNetwork("fe80::/64")].compactMap { $0 }
    var sessions: [Session] = []
  }

  private let state = Mutex(State())

  var uptime: Int64 { state.withLock(\.uptime) }
  var boot: String { state.withLock(\.boot) }
  var lan: [IPNetwork] { state.withLock(\.lan) }
  var sessions: [Session] { state.withLock(\.sessions) }

  func pass(_ milliseconds: Int64) { state.withLock { $0.uptime += milliseconds } }
  func reboot() { state.withLock { ($0.uptime, $0.boot) = (0, "second") } }
  func move(to lan: [IPNetwork]) { state.withLock { $0.lan = lan } }
  func sessions(_ sessions: [Session]) { state.withLock { $0.sessions = sessions } }
}
