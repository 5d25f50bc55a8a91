internal import CProcessSpawn
internal import Foundation
internal import Synchronization

/// Why a program could not be started.
struct StartFailure: Error, Sendable {
  let reason: String
}

/// A running child, with everything that it starts in its process group.
///
/// When it ends, what is left of its group is killed, its output is read to the end, and only then it is reaped, so
/// that its pid cannot have been given to another process while we still signal it.
final class ChildProcess: Sendable {
  /// What to start, with everything resolved.
  struct Launch: Sendable {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    let directory: String
  }

  private static let stackBytes = 256 << 10
  private static let pollMilliseconds: Int32 = 100

  let pid: Int32
  private let output: Int32
  private let log: LogFile
  private let isReaped = Mutex(false)
  /// Gives the one exit, also to a reader who comes after it, when the process has ended and is reaped.
  let exits: AsyncStream<ProcessExit>
  private let onExit: AsyncStream<ProcessExit>.Continuation

  /// Starts a program.
  static func start(_ launch: Launch, log: LogFile) async throws(StartFailure) -> ChildProcess {
    switch await SpawnThread.shared.run({ Result { () throws(StartFailure) in try spawn(launch) } }) {
    case .success(let (pid, output)):
      let child = ChildProcess(pid: pid, output: output, log: log)
      child.startWatching()
      return child
    case .failure(let failure): throw failure
    }
  }

  private init(pid: Int32, output: Int32, log: LogFile) {
    self.pid = pid
    self.output = output
    self.log = log
    (exits, onExit) = AsyncStream.makeStream()
  }

  /// Signals the process and everything in its group, unless it has ended.
  func signalGroup(_ signal: Int32) {
    isReaped.withLock { if !$0 { kill(-pid, signal) } }
  }

  // MARK: Watching

  /// Each child has a small thread of its own that waits for its output and its end. Sources of libdispatch would need
  /// none, but its event loop crashed now and then under `StressTests`, where descriptors come and go quickly.
  private func startWatching() {
    let thread = Thread { [self] in
      watch()
      finish()
    }
    thread.stackSize = ChildProcess.stackBytes
    thread.name = "child \(pid)"
    thread.start()
  }

  /// Copies output until the process has ended.
  private func watch() {
    let end = CProcessSpawn_watch(pid)
    defer { if end >= 0 { close(end) } }
    var waiting = [
      pollfd(fd: output, events: Int16(POLLIN), revents: 0), pollfd(fd: end, events: Int16(POLLIN), revents: 0),
    ]
    while CProcessSpawn_hasEnded(pid) == 0 {
      // A system that cannot tell the end is asked for it again and again.
      poll(&waiting, 2, end < 0 ? ChildProcess.pollMilliseconds : -1)
      // Poll passes over negative descriptors: the output may end long before the process.
      if waiting[0].revents != 0, !readOutput() { waiting[0].fd = -1 }
    }
  }

  /// Reads what there is. False at the end of the output.
  private func readOutput() -> Bool {
    var chunk = [UInt8](repeating: 0, count: LogFile.largestChunk)
    let count = read(output, &chunk, chunk.count)
    guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
    log.append(Array(chunk[..<count]))
    return true
  }

  private func finish() {
    // Ended but not reaped: its group still carries its pid, so this meets nobody else.
    signalGroup(SIGKILL)
    drainOutput()
    let exit = reap()
    close(output)
    onExit.yield(exit)
    onExit.finish()
  }

  /// Reads what is left, without waiting for somebody who escaped the group and keeps the pipe open.
  private func drainOutput() {
    var remaining = 1 << 20
    var chunk = [UInt8](repeating: 0, count: LogFile.largestChunk)
    while remaining > 0 {
      let count = read(output, &chunk, chunk.count)
      guard count > 0 else { return }
      log.append(Array(chunk[..<count]))
      remaining -= count
    }
  }

  private func reap() -> ProcessExit {
    var (code, signal): (Int32, Int32) = (-1, -1)
    isReaped.withLock { isReaped in
      _ = CProcessSpawn_reap(pid, &code, &signal)
      isReaped = true
    }
    return signal >= 0 ? .signal(signal) : .code(code)
  }

  // MARK: Starting

  /// - Returns: the pid, and the reading end of its output.
  private static func spawn(_ launch: Launch) throws(StartFailure) -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    guard CProcessSpawn_pipe(&ends) == 0 else { throw StartFailure(reason: "no pipe: \(words(errno))") }
    defer { close(ends[1]) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    let arguments = CStrings(launch.arguments)
    let environment = CStrings(launch.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    var (step, error) = (CProcessSpawn_none, Int32(0))
    let strings = CStrings([launch.path, launch.directory])
    let pid = withExtendedLifetime((strings, arguments, environment)) {
      guard let path = strings.pointers[0], let directory = strings.pointers[1] else { return Int32(-1) }
      var request = CProcessSpawn_request(
        path: path,
        argv: arguments.pointers,
        envp: environment.pointers,
        directory: directory,
        output: ends[1]
      )
      return CProcessSpawn_start(&request, &step, &error)
    }
    guard pid > 0 else {
      close(ends[0])
      throw StartFailure(reason: explain(step, error, launch))
    }
    return (pid, ends[0])
  }

  private static func explain(_ step: CProcessSpawn_step, _ error: Int32, _ launch: Launch) -> String {
    switch step {
    case CProcessSpawn_directory: "cannot enter the folder \(launch.directory): \(words(error))"
    case CProcessSpawn_exec: "cannot execute \(launch.path): \(words(error))"
    default: "the system could not make a process: \(words(error))"
    }
  }

  private static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}

/// C strings in an array that ends with a null pointer, freed together.
private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    pointers = .allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
    (pointers + strings.count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}
