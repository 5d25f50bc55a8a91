import FirewallDriver
import Foundation
import PrivateFiles
import ProgramRunner
import Testing

@Suite("The guard of a first firewall", .timeLimit(.minutes(1)))
struct GuardianTests {
  /// The daemon may take the table away first, so that the guard's own try fails; until its next one somebody may have the
  /// firewall tried again, and confirm it.
  @Test func aTableThatIsTriedAgainIsNotTakenAwayByTheGuardOfTheTryBefore() async throws {
    let folder = NSTemporaryDirectory() + "guard-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let files = SeatbeltFiles(folder: folder)
    let attempt = Attempt(token: "one", deadline: 0, boot: "b", script: "")
    try files.begin(attempt)
    // Stands for nft: notes that it was called, has the firewall tried again, and fails.
    let program = folder + "/nft"
    try PrivateFiles.write(
      Array("#!/bin/sh\necho called >>'\(folder)/calls'\nrm -f '\(files.rolledBack)'\nexit 1\n".utf8),
      to: program
    )
    try await Guardian.shell(program: ["/bin/sh", program]).start(attempt, files, 0)
    while try await isRunning(files.unconfirmed(attempt)) { await Task.yield() }
    #expect(try String(contentsOfFile: folder + "/calls", encoding: .utf8) == "called\n")
  }

  private func isRunning(_ argument: String) async throws -> Bool {
    let call = ProgramCall("/usr/bin/pgrep", ["-f", argument], environment: ["PATH": "/usr/bin:/bin"])
    return try await ProgramRunner.run(call, limits: ProgramLimits(time: .seconds(10))).isSuccess
  }
}
