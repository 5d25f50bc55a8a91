internal import CProcessSpawn
internal import Dispatch
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

  let pid: Int32
  private let queue: DispatchQueue
  private let output: Int32
  private let log: LogFile
  // Safe to share: only touched on `queue`.
  private nonisolated(unsafe) var sources: [any DispatchSourceProtocol] = []
  private let isReaped = Mutex(false)
  private let onExit: @Sendable (ProcessExit) -> Void

  /// Starts a program; `onExit` is called once, when it has ended and is reaped.
  static func start(
    _ launch: Launch,
    log: LogFile,
    onExit: @escaping @Sendable (ProcessExit) -> Void
  ) async throws(StartFailure) -> ChildProcess {
    switch await SpawnThread.shared.run({ Result { () throws(StartFailure) in try spawn(launch) } }) {
    case .success(let (pid, output)):
      let child = ChildProcess(pid: pid, output: output, log: log, onExit: onExit)
      child.queue.async { child.watch() }
      return child
    case .failure(let failure): throw failure
    }
  }

  private init(pid: Int32, output: Int32, log: LogFile, onExit: @escaping @Sendable (ProcessExit) -> Void) {
    self.pid = pid
    self.output = output
    self.log = log
    self.onExit = onExit
    queue = DispatchQueue(label: "child \(pid)")
  }

  /// Signals the process and everything in its group, unless it has ended.
  func signalGroup(_ signal: Int32) {
    isReaped.withLock { if !$0 { kill(-pid, signal) } }
  }

  // MARK: Watching

  /// The sources hold this object until the process is reaped.
  private func watch() {
    // The source has a descriptor of its own, which it closes when it has let go of it.
    let watched = fcntl(output, F_DUPFD_CLOEXEC, 3)
    let reading = DispatchSource.makeReadSource(fileDescriptor: watched, queue: queue)
    reading.setCancelHandler { close(watched) }
    reading.setEventHandler { [self] in if !readOutput() { reading.cancel() } }
    let ending = makeEndSource()
    ending.setEventHandler { [self] in finish() }
    sources = [reading, ending]
    reading.activate()
    ending.activate()
  }

  private func makeEndSource() -> any DispatchSourceProtocol {
    #if os(Linux)
      let descriptor = CProcessSpawn_watch(pid)
      precondition(descriptor >= 0, "this system cannot watch processes: Linux 5.3 or later is needed")
      let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
      source.setCancelHandler { close(descriptor) }
      return source
    #else
      return DispatchSource.makeProcessSource(identifier: pid, eventMask: .exit, queue: queue)
    #endif
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
    guard CProcessSpawn_hasEnded(pid) != 0 else { return }
    // Ended but not reaped: its group still carries its pid, so this meets nobody else.
    signalGroup(SIGKILL)
    drainOutput()
    let exit = reap()
    for source in sources { source.cancel() }
    sources = []
    close(output)
    onExit(exit)
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
