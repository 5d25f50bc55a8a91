#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import UPnP

/// Ends the waiting of a thread in `poll` from elsewhere: a pipe whose reading end the thread waits on.
final class WakeUp: Sendable {
  /// Becomes readable when woken, and stays so.
  let descriptor: CInt
  private let writingEnd: CInt

  /// - Throws: `UPnPError` with code `system` when there is no descriptor left.
  init() throws(UPnPError) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw UPnPError(.system, "the system gives no pipe for talking to the router (error \(errno))")
    }
    (descriptor, writingEnd) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close(descriptor)
    close(writingEnd)
  }

  func wake() {
    var byte: UInt8 = 1
    _ = write(writingEnd, &byte, 1)
  }
}
