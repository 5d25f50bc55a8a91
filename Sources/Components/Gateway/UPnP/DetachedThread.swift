#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Starts a thread that nobody joins.
package enum DetachedThread {
  private static let stackSize = 512 * 1024

  /// Runs `work` on a new thread with SIGPIPE blocked: libminiupnpc writes to sockets that a router may have closed,
  /// and the signal would end the process.
  ///
  /// - Throws: `UPnPError` with code `system` when the system has no thread left.
  package static func start(_ work: @escaping @Sendable () -> Void) throws(UPnPError) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, stackSize)
    let box = Unmanaged.passRetained(Box(work))
    let status = create(&attributes, box.toOpaque())
    guard status == 0 else {
      box.release()
      throw UPnPError(.system, "the system cannot start a thread for talking to the router (error \(status))")
    }
  }

  private final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }

  private static func create(_ attributes: inout pthread_attr_t, _ argument: UnsafeMutableRawPointer) -> Int32 {
    #if canImport(Darwin)
      var thread: pthread_t?
      return pthread_create(&thread, &attributes, { DetachedThread.main($0) }, argument)
    #else
      var thread = pthread_t()
      return pthread_create(&thread, &attributes, { $0.flatMap { DetachedThread.main($0) } }, argument)
    #endif
  }

  private static func main(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work()
    return nil
  }
}
