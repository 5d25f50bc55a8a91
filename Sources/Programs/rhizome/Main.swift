import ArgumentParser
import Foundation
import RhizomeAPI
import RhizomeCommands

/// The one binary.
@main struct Rhizome: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rhizome",
    abstract: "Declarative orchestrator for hosting collectives.",
    version: "rhizome \(ProgramVersion.text)",
    subcommands: [
      Validate.self, PlanCommand.self, Show.self, Apply.self, Get.self, Describe.self, Delete.self, DriftCommand.self,
      Adopt.self,
      FirewallCommand.self,
      Events.self, Logs.self, History.self, Diff.self, Rollback.self, Git.self, Approve.self, Seal.self, Up.self,
      Agent.self, NodeKeyCommand.self, Version.self,
    ]
  )

  /// Runs a verb, and ends with 0, 1 for every error, or 2 where the verb says so.
  static func main() async {
    var isCalledRight = false
    do {
      var command = try parseAsRoot()
      isCalledRight = true
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.exit(with: error, of: Self.self, withUsage: !isCalledRight)
    }
  }
}

/// How the program ends when a verb throws.
private enum Failure {
  /// - Parameter withUsage: tell how the verb is called, where that was the mistake.
  static func exit(with error: any Error, of command: any ParsableCommand.Type, withUsage: Bool) -> Never {
    if let code = error as? ExitCode { Foundation.exit(code.rawValue) }
    if let refusal = error as? APIError {
      ErrorOutput.tell(refusal)
      Foundation.exit(1)
    }
    let told = Complaint(error) ?? error
    guard command.exitCode(for: error) != .success else {
      Printer.out(command.fullMessage(for: told))
      Foundation.exit(0)
    }
    Printer.note(withUsage ? command.fullMessage(for: told) : "Error: \(command.message(for: told))")
    Foundation.exit(1)
  }
}
