/// How a process ended.
package enum ProcessExit: Sendable, Hashable, CustomStringConvertible {
  /// It ended by itself with this code.
  case code(Int32)
  /// A signal ended it.
  case signal(Int32)

  package var description: String {
    switch self {
    case .code(let code): "ended with code \(code)"
    case .signal(let number): "was killed by signal \(number)\(ProcessExit.names[number].map { " (\($0))" } ?? "")"
    }
  }

  private static let names: [Int32: String] = [
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
    11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
  ]
}

/// Something that happened to a supervised process.
package struct ProcessEvent: Sendable, Hashable {
  package enum Happening: Sendable, Hashable {
    case started(pid: Int32)
    /// It ended without having been asked to, and is started again after a delay.
    case exited(ProcessExit, restartIn: Duration)
    /// It could not be started; tried again after a delay.
    case couldNotStart(reason: String, retryIn: Duration)
    /// It ended because it was asked to.
    case stopped(ProcessExit)
    /// A process of an earlier supervisor was found running, and ended.
    case leftoverEnded(pid: Int32)
  }

  /// The process's name.
  package let name: String
  package let happening: Happening

  package init(name: String, happening: Happening) {
    self.name = name
    self.happening = happening
  }
}

/// What a supervised process is doing.
package struct ProcessStatus: Sendable, Hashable {
  package enum Phase: Sendable, Hashable {
    case starting
    case running(pid: Int32)
    case stopping
    /// Waits for its next start.
    case waiting
    case stopped
  }

  package let name: String
  package let phase: Phase
  /// Of the definition that is in effect.
  package let digest: String
  /// How often it was started again after an end that nobody asked for.
  package let restarts: Int
  package let lastExit: ProcessExit?
  /// Why the last start failed; nil after a start that did not.
  package let startFailure: String?

  package var isRunning: Bool { if case .running = phase { true } else { false } }
}
