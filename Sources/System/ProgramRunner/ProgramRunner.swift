internal import Subprocess

#if canImport(System)
  internal import System
#else
  internal import SystemPackage
#endif

/// A program to run once: nothing of the caller's environment goes with it, and no shell comes between.
package struct ProgramCall: Sendable, Hashable {
  /// The program's absolute path.
  package var path: String
  /// Without the program's own name. Everybody on the machine can read them: never secrets.
  package var arguments: [String]
  /// All of its environment.
  package var environment: [String: String]
  /// Where it runs; `/` when nothing is said.
  package var directory: String
  /// What it reads from its standard input.
  package var input: [UInt8]

  package init(
    _ path: String,
    _ arguments: [String],
    environment: [String: String] = [:],
    directory: String = "/",
    input: [UInt8] = []
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.input = input
  }
}

/// How a program may behave before it is ended.
package struct ProgramLimits: Sendable, Hashable {
  /// From its start to its end.
  package var time: Duration
  /// Bytes on standard output.
  package var outputBytes: Int
  /// Bytes on standard error.
  package var errorBytes: Int

  package init(time: Duration, outputBytes: Int = 1 << 20, errorBytes: Int = 1 << 18) {
    self.time = time
    self.outputBytes = outputBytes
    self.errorBytes = errorBytes
  }
}

/// What came of a program that ran to its end.
package struct ProgramOutcome: Sendable, Hashable {
  /// The exit code; nil when a signal ended it.
  package let exitCode: Int32?
  package let output: [UInt8]
  /// What it wrote to standard error, with anything that is not UTF-8 replaced.
  package let errorText: String

  package init(exitCode: Int32?, output: [UInt8], errorText: String) {
    self.exitCode = exitCode
    self.output = output
    self.errorText = errorText
  }

  package var isSuccess: Bool { exitCode == 0 }
  /// Standard output, with anything that is not UTF-8 replaced.
  package var outputText: String { String(decoding: output, as: UTF8.self) }
}

/// Why a program gave no outcome.
package enum ProgramError: Error, Sendable, Hashable, CustomStringConvertible {
  case notStarted(String, reason: String)
  case timedOut(String, after: Duration)
  /// It wrote more than its limits allow, or could not be spoken with.
  case interrupted(String, reason: String)

  package var description: String {
    switch self {
    case .notStarted(let path, let reason): "\(path) could not be started: \(reason)"
    case .timedOut(let path, let time): "\(path) did not come to its end within \(time.components.seconds) s"
    case .interrupted(let path, let reason): "\(path) was ended: \(reason)"
    }
  }
}

/// Runs programs such as `git` and `nft`: one call, one outcome, in bounded time and memory. Cancelling the task, or the
/// limit of time, ends the program and everything it has started.
package enum ProgramRunner {
  /// - Throws: `ProgramError`; `CancellationError` when the task is cancelled. An exit code other than 0 is an outcome.
  package static func run(_ call: ProgramCall, limits: ProgramLimits) async throws -> ProgramOutcome {
    let outcome = try await withThrowingTaskGroup(of: ProgramOutcome?.self) { group in
      group.addTask { try await execute(call, limits) }
      group.addTask {
        try await Task.sleep(for: limits.time)
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    try Task.checkCancellation()
    guard let outcome else { throw ProgramError.timedOut(call.path, after: limits.time) }
    return outcome
  }

  private static func execute(_ call: ProgramCall, _ limits: ProgramLimits) async throws -> ProgramOutcome {
    do {
      let result = try await Subprocess.run(
        .path(FilePath(call.path)),
        arguments: Arguments(call.arguments),
        environment: environment(call.environment),
        workingDirectory: FilePath(call.directory),
        platformOptions: options,
        input: .array(call.input),
        output: .bytes(limit: limits.outputBytes),
        error: .bytes(limit: limits.errorBytes)
      )
      let errorText = String(decoding: result.standardError, as: UTF8.self)
      return ProgramOutcome(
        exitCode: exitCode(result.terminationStatus),
        output: result.standardOutput,
        errorText: errorText
      )
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw translate(error, call.path)
    }
  }

  /// A session of its own, so that what it starts can be ended with it.
  private static var options: PlatformOptions {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .milliseconds(500))]
    return options
  }

  private static func environment(_ variables: [String: String]) -> Environment {
    var custom: [Environment.Key: String] = [:]
    for (name, value) in variables { if let key = Environment.Key(rawValue: name) { custom[key] = value } }
    return .custom(custom)
  }

  private static func exitCode(_ status: TerminationStatus) -> Int32? {
    switch status {
    case .exited(let code): code
    default: nil
    }
  }

  private static func translate(_ error: SubprocessError, _ path: String) -> ProgramError {
    switch error.code {
    case .executableNotFound: .notStarted(path, reason: "it is not there")
    case .spawnFailed, .failedToChangeWorkingDirectory: .notStarted(path, reason: "\(error)")
    case .outputLimitExceeded: .interrupted(path, reason: "it wrote more than is accepted")
    default: .interrupted(path, reason: "\(error)")
    }
  }
}
