#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Foundation
package import NFTables
import ProgramRunner

/// What the driver needs of the machine, handed in so that tests can turn it.
package struct FirewallSurroundings: Sendable {
  /// The firewall; throws where the machine has none.
  package var tables: @Sendable () throws -> NFTables
  package var guardian: @Sendable () throws -> Guardian
  package var generation: @Sendable () -> UInt32?
  package var lan: @Sendable () throws -> [IPNetwork]
  package var sessions: @Sendable () -> [Session]
  /// Milliseconds since the machine started, its sleep included.
  package var uptime: @Sendable () -> Int64
  /// Which start of the machine this is.
  package var boot: @Sendable () -> String
  package var makeToken: @Sendable () -> String
  package var sleep: @Sendable (Duration) async throws -> Void

  /// This machine.
  package static let machine = FirewallSurroundings(
    tables: { try NFTables.installed() },
    guardian: { Guardian.shell(program: [InstalledProgram.path("nft") ?? "nft"]) },
    generation: { RulesetGeneration.current() },
    lan: { try LocalNetworks.lan() },
    sessions: { Session.remote() },
    uptime: {
      var time = timespec()
      clock_gettime(CLOCK_BOOTTIME, &time)
      return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    },
    boot: { (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? "" },
    makeToken: { String(UInt64.random(in: .min ... .max), radix: 36) },
    sleep: { try await Task.sleep(for: $0, clock: .continuous) }
  )

  /// With another firewall, such as that of a network namespace.
  package func driving(_ program: [String]) -> FirewallSurroundings {
    var copy = self
    copy.tables = { NFTables(program: program) }
    copy.guardian = { Guardian.shell(program: program) }
    return copy
  }
}
