#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// Ends the waiting of a thread from outside: every wait on a socket also waits on this.
///
/// A pipe, because a blocked poll can be woken by a file descriptor only.
package final class Interruption: Sendable {
  private struct State {
    var isInterrupted = false
    var dependents: [Interruption] = []
  }

  private let reader: CInt
  private let writer: CInt
  private let state = Mutex(State())

  /// - Throws: `UPnPError` with code `system` when the process has no file descriptor left.
  package init() throws(UPnPError) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system("make a pipe") }
    (reader, writer) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close(reader)
    close(writer)
  }

  /// One that also ends with this one, for a part of the work.
  func dependent() throws(UPnPError) -> Interruption {
    let other = try Interruption()
    let isInterrupted = state.withLock { state in
      state.dependents.append(other)
      return state.isInterrupted
    }
    if isInterrupted { other.interrupt() }
    return other
  }

  /// Ends all waiting, now and later.
  package func interrupt() {
    let dependents = state.withLock { state in
      if !state.isInterrupted {
        state.isInterrupted = true
        var byte: UInt8 = 1
        write(writer, &byte, 1)
      }
      defer { state.dependents = [] }
      return state.dependents
    }
    for dependent in dependents { dependent.interrupt() }
  }

  package var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

  /// What woke a wait.
  package enum Wake: Sendable, Hashable {
    case ready
    case timeout
  }

  /// Blocks until `file` is ready for `events` of poll(2), or in error, or `limit` has passed.
  ///
  /// - Throws: `UPnPError` with code `deadlineExceeded` when interrupted, `system` when poll fails.
  package func wait(for events: CInt, on file: CInt, atMost limit: Duration) throws(UPnPError) -> Wake {
    let end = ContinuousClock.now + limit
    while true {
      var files = [
        pollfd(fd: reader, events: Int16(POLLIN), revents: 0), pollfd(fd: file, events: Int16(events), revents: 0),
      ]
      let left = max(ContinuousClock.now.duration(to: end), .zero)
      let count = poll(&files, nfds_t(files.count), Self.milliseconds(left))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system("wait for the router") }
      if files[0].revents != 0 { throw UPnPError(.deadlineExceeded, "the conversation with the router was ended") }
      if files[1].revents != 0 { return .ready }
      if count == 0 { return .timeout }
    }
  }

  /// Blocks until interrupted or `limit` has passed.
  ///
  /// - Throws: `UPnPError` with code `deadlineExceeded` when interrupted.
  package func pause(atMost limit: Duration) throws(UPnPError) {
    _ = try wait(for: 0, on: -1, atMost: limit)
  }

  /// Rounded up, so that a wait never ends before its time.
  private static func milliseconds(_ duration: Duration) -> CInt {
    let (seconds, attoseconds) = duration.components
    let milliseconds = seconds.multipliedReportingOverflow(by: 1000)
    guard !milliseconds.overflow, milliseconds.partialValue < 1 << 30 else { return 1 << 30 }
    return CInt(milliseconds.partialValue + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

extension UPnPError {
  /// A call of the operating system failed; `errno` still says why.
  static func system(_ action: String) -> UPnPError {
    let number = errno
    return UPnPError(.system, "the system cannot \(action): \(String(cString: strerror(number)))")
  }
}
