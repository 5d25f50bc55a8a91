import ArgumentParser
import Foundation
import RhizomeModel

/// What takes away is shown first, and done when a person says yes.
struct ConsentOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Do it without asking. Where there is no terminal, nobody is asked.")
  var yes = false

  /// Whether there is somebody to ask.
  private var asks: Bool { !yes && isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

  /// Shows what would be done, where a person can be asked, and asks.
  /// - Parameters:
  ///   - preview: what would be done.
  ///   - show: prints it.
  /// - Returns: what the person agreed to; nil where nobody was asked, and where the plan is refused or does nothing, which
  ///   needs no consent.
  /// - Throws: `ExitCode.failure` when the answer is another one than yes.
  func agreed(
    to preview: () async throws -> RhizomeModel.Plan,
    show: (RhizomeModel.Plan) async throws -> Void
  ) async throws -> RhizomeModel.Plan? {
    guard asks else { return nil }
    let plan = try await preview()
    guard plan.refusals.isEmpty, !plan.actions.isEmpty else { return nil }
    try await show(plan)
    FileHandle.standardError.write(Data("Do this? [y/N] ".utf8))
    guard ConsentOptions.isYes(readLine()) else {
      Printer.note("Nothing was done.")
      throw ExitCode.failure
    }
    return plan
  }

  /// - Parameter answer: a line; nil when there is none to come.
  static func isYes(_ answer: String?) -> Bool {
    ["y", "yes"].contains(answer?.trimmingCharacters(in: .whitespaces).lowercased())
  }
}
