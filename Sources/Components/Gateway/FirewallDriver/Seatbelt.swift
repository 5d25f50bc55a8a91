#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Foundation
import NFTables
import PrivateFiles
import ProgramRunner

/// Where the first firewall of a machine stands between tried and kept.
package enum SeatbeltPhase: Sendable, Hashable {
  /// None was tried yet.
  case untried
  /// It stands, and is taken away at the deadline unless somebody confirms it.
  case waiting(Attempt)
  /// Somebody could still get in.
  case confirmed
  /// Nobody confirmed it in time.
  case rolledBack
}

/// One try of a first firewall.
package struct Attempt: Sendable, Hashable, Codable {
  /// Tells this try from others; letters and digits.
  package let token: String
  /// Milliseconds since the machine started.
  package let deadline: Int64
  /// Which start of the machine: a firewall does not outlive it.
  package let boot: String
  /// What was tried, as it is given to nft.
  package let script: String

  package init(token: String, deadline: Int64, boot: String, script: String) {
    (self.token, self.deadline, self.boot, self.script) = (token, deadline, boot, script)
  }

  /// True when it is over, whether its guard noticed or not.
  package func isOver(at uptime: Int64, boot: String) -> Bool { self.boot != boot || uptime >= deadline }
}

/// Remembers in files whether the firewall of this machine was confirmed. Which it is, is decided by renaming one file:
/// of a confirmation and a roll-back that come at the same moment, one finds the file gone, so exactly one happens.
package struct SeatbeltFiles: Sendable {
  /// A private folder of this alone.
  package let folder: String

  package init(folder: String) { self.folder = folder }

  package var confirmed: String { folder + "/confirmed" }
  package var rolledBack: String { folder + "/rolled-back" }
  package func unconfirmed(_ attempt: Attempt) -> String { "\(folder)/\(Self.prefix)\(attempt.token)" }

  private static let prefix = "unconfirmed-"
  private static let sizeMax = 4 << 20

  /// - Throws: `PrivateFileError` when a file cannot be read: whether it was confirmed is not known then.
  package func phase() throws -> SeatbeltPhase {
    if exists(confirmed) { return .confirmed }
    if let path = try attempts().first {
      return .waiting(try JSONDecoder().decode(Attempt.self, from: Data(PrivateFiles.read(path, limit: Self.sizeMax))))
    }
    return exists(rolledBack) ? .rolledBack : .untried
  }

  package func begin(_ attempt: Attempt) throws {
    try PrivateFiles.makeDirectory(folder)
    try clear()
    try PrivateFiles.write(Array(try JSONEncoder().encode(attempt)), to: unconfirmed(attempt))
  }

  /// - Returns: false when it is too late.
  package func confirm(_ attempt: Attempt) -> Bool { rename(unconfirmed(attempt), confirmed) == 0 }

  /// - Returns: false when somebody else was faster, or confirmed it.
  package func rollBack(_ attempt: Attempt) -> Bool { rename(unconfirmed(attempt), rolledBack) == 0 }

  /// Forgets everything: the next firewall is a first one again.
  package func clear() throws {
    for path in try attempts() + [confirmed, rolledBack] where exists(path) { try PrivateFiles.remove(path) }
  }

  private func attempts() throws -> [String] {
    guard exists(folder) else { return [] }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return names.filter { $0.hasPrefix(Self.prefix) }.sorted().map { "\(folder)/\($0)" }
  }

  private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// The dead man's switch: a tiny program of its own that takes an unconfirmed firewall away at the deadline, also when the
/// daemon was killed meanwhile.
package struct Guardian: Sendable {
  /// Starts one for an attempt with so many milliseconds left, and returns once it runs.
  package let start: @Sendable (_ attempt: Attempt, _ files: SeatbeltFiles, _ milliseconds: Int64) async throws -> Void

  package init(start: @escaping @Sendable (Attempt, SeatbeltFiles, Int64) async throws -> Void) { self.start = start }

  /// A shell in a session of its own. All that varies comes as arguments, never as text of the script.
  /// - Parameter program: `nft`, and what stands before it.
  package static func shell(program: [String]) -> Guardian {
    Guardian { attempt, files, milliseconds in
      let seconds = "\((max(milliseconds, 0) + 999) / 1_000)"
      let arguments = [seconds, files.unconfirmed(attempt), files.rolledBack] + program
      let call = ProgramCall(
        "/bin/sh",
        ["-c", starter, "rhizome-firewall-guard"] + arguments,
        environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
      )
      let outcome = try await ProgramRunner.run(call, limits: ProgramLimits(time: .seconds(10)))
      guard outcome.isSuccess else {
        throw NFTablesError(.system, "the guard of the new firewall does not start: \(outcome.errorText.prefix(200))")
      }
    }
  }

  /// Goes on in the background, without anything of ours. The rename decides whether the firewall was confirmed. Who has
  /// it tried again meanwhile takes the file away: the table of that try is not this guard's.
  private static let starter = """
    trap '' HUP INT TERM
    (
      sleep "$1"
      mv "$2" "$3" 2>/dev/null || exit 0
      rolled_back=$3
      shift 3
      for try in 1 2 3 4 5; do
        [ -e "$rolled_back" ] || exit 0
        "$@" delete table inet rhizome && exit 0
        sleep 1
      done
    ) </dev/null >/dev/null 2>&1 &
    """
}
