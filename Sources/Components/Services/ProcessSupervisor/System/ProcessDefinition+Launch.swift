internal import Foundation

extension ProcessDefinition {
  private static let defaultPath = "/usr/local/bin:/usr/bin:/bin"

  /// Refuses what cannot be started safely.
  func validate() throws(ProcessSupervisorError) {
    let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    guard !name.isEmpty, name.utf8.count <= 200, !name.hasPrefix("."),
      name.unicodeScalars.allSatisfy(allowed.contains)
    else { throw invalid("its name may have letters, digits, -, _ and . only, and not begin with a dot") }
    guard let program = command.first, !program.isEmpty else { throw invalid("its command is empty") }
    let texts = command + environment.flatMap { [$0.key, $0.value] } + files.map(\.path) + [workingDirectory ?? ""]
    guard !texts.contains(where: { $0.utf8.contains(0) }) else { throw invalid("a text holds a NUL character") }
    if let key = environment.keys.first(where: { $0.isEmpty || $0.contains("=") }) {
      throw invalid("\"\(key)\" cannot name an environment variable")
    }
    for file in files { try validate(file) }
  }

  private func validate(_ file: RenderedFile) throws(ProcessSupervisorError) {
    let steps = file.path.split(separator: "/", omittingEmptySubsequences: false)
    guard !steps.contains(where: { ["", ".", ".."].contains($0) }), !file.path.contains("\n") else {
      throw invalid("the file path \"\(file.path)\" must lead to a place inside its own folder")
    }
    guard file.mode <= 0o777 else { throw invalid("the mode of \(file.path) must lie between 0000 and 0777") }
  }

  /// Everything resolved: program found, environment complete.
  func launch(own: String, mark: String) throws(StartFailure) -> ChildProcess.Launch {
    var environment = environment
    environment["PATH"] = environment["PATH"] ?? ProcessDefinition.defaultPath
    environment["HOME"] = environment["HOME"] ?? own
    environment[LeftoverProcesses.variable] = "\(mark)/\(name)"
    let directory = workingDirectory.map { $0.hasPrefix("/") ? $0 : "\(own)/\($0)" } ?? own
    let program = command.first ?? ""
    return ChildProcess.Launch(
      path: try ProcessDefinition.find(program, in: directory, path: environment["PATH"] ?? ""),
      arguments: command,
      environment: environment,
      directory: directory
    )
  }

  private static func find(_ program: String, in directory: String, path: String) throws(StartFailure) -> String {
    if program.hasPrefix("/") { return program }
    if program.contains("/") { return "\(directory)/\(program)" }
    let candidates = path.split(separator: ":").map { "\($0)/\(program)" }
    guard let found = candidates.first(where: { access($0, X_OK) == 0 }) else {
      throw StartFailure(reason: "there is no program \"\(program)\" in \(path)")
    }
    return found
  }

  private func invalid(_ problem: String) -> ProcessSupervisorError {
    ProcessSupervisorError(.invalidDefinition, "the process \"\(name)\" cannot be run: \(problem)")
  }
}
