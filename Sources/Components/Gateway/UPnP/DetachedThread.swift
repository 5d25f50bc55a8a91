#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Starts threads for blocking calls, usually ones that nobody joins.
package enum DetachedThread {
  private static let usualStackSize = 512 * 1024

  /// Runs `work` on a new thread with SIGPIPE blocked: libminiupnpc writes to sockets that a router may have closed,
  /// and the signal would end the process.
  ///
  /// - Throws: `UPnPError` with code `system` when the system has no thread left.
  package static func start(
    stackSize: Int? = nil,
    _ work: @escaping @Sendable () -> Void
  ) throws(UPnPError) {
    let thread = try startJoinable(stackSize: stackSize, work)
    pthread_detach(thread.id)
  }

  /// As `start`, for a thread that somebody waits for. It stands in the network namespace of the calling thread.
  ///
  /// - Throws: `UPnPError` with code `system` when the system has no thread left.
  static func startJoinable(
    stackSize: Int? = nil,
    _ work: @escaping @Sendable () -> Void
  ) throws(UPnPError) -> JoinableThread {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize ?? usualStackSize)
    let box = Unmanaged.passRetained(Box(work))
    guard let id = create(&attributes, box.toOpaque()) else {
      box.release()
      throw .system("start a thread for talking to the router")
    }
    return JoinableThread(id: id)
  }

  /// A thread that somebody must join, once.
  struct JoinableThread {
    fileprivate let id: pthread_t

    /// Waits for its end.
    func join() { pthread_join(id, nil) }
  }

  private final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }

  /// - Returns: nil, with `errno` set, when there is none to be had.
  private static func create(_ attributes: inout pthread_attr_t, _ argument: UnsafeMutableRawPointer) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
      errno = pthread_create(&thread, &attributes, { DetachedThread.main($0) }, argument)
      return thread
    #else
      var thread = pthread_t()
      errno = pthread_create(&thread, &attributes, { $0.flatMap { DetachedThread.main($0) } }, argument)
      return errno == 0 ? thread : nil
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
