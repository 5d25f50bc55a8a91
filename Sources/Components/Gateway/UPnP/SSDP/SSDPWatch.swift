#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A router on the home's network said something about itself.
package struct RouterNotice: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// It is there, perhaps again.
    case alive
    /// It leaves, as before a restart or when UPnP is switched off.
    case byebye
  }

  package let kind: Kind
  /// Who sent it. Anybody on the home's network can send anything: take it as a hint to look.
  package let router: IPv4Address
  /// Where it describes itself, at its own address; nil when it leaves.
  package let descriptionURL: String?
  /// Its unique device name, such as `uuid:…`.
  package let udn: String
  /// Counts its restarts; nil on routers that do not.
  package let bootID: UInt32?

  /// Reads an announcement; nil when it is no message of a gateway, or describes another host than its sender.
  package init?(_ datagram: [UInt8], from sender: IPv4Address) {
    guard let message = SSDPMessage(datagram), message.kind != .answer, message.isGateway else { return nil }
    router = sender
    (udn, bootID) = (message.udn, message.bootID)
    if message.kind == .byebye {
      (kind, descriptionURL) = (.byebye, nil)
      return
    }
    guard let address = WebAddress(message.location), address.endpoint.host == .v4(sender) else { return nil }
    (kind, descriptionURL) = (.alive, "\(address)")
  }
}

/// Hears what routers announce by themselves, so that a restart is noticed at once.
///
/// One socket, and one thread with a small stack that sleeps until something comes. Not every router announces, and
/// networks lose announcements: this makes things faster, never surer.
package struct SSDPWatch: Sendable {
  /// Datagrams that are looked at in one second; more wait, and are dropped by the system.
  private static let mostPerSecond = 200

  private let interface: String?
  private let calls: BlockingCalls

  /// - Parameters:
  ///   - interface: the one that faces the home, or one of its addresses; nil lets the system choose.
  ///   - calls: on whose threads the socket is made.
  package init(interface: String? = nil, calls: BlockingCalls = BlockingCalls()) {
    (self.interface, self.calls) = (interface, calls)
  }

  /// The announcements from now on, each once however often it is repeated. The stream ends when its reader stops, and
  /// at once when this machine cannot listen.
  package func notices() -> AsyncStream<RouterNotice> {
    AsyncStream(bufferingPolicy: .bufferingNewest(64)) { stream in
      guard let interruption = try? Interruption() else { return stream.finish() }
      let opening = Task { [interface, calls] in
        do {
          let socket = try await calls.run("listen for routers", deadline: .seconds(5)) {
            try SSDPSocket.watching(on: interface)
          }
          try DetachedThread.start(stackSize: 64 * 1024) {
            Self.watch(socket, interruption, stream)
            stream.finish()
          }
        } catch {
          stream.finish()
        }
      }
      stream.onTermination = { _ in
        opening.cancel()
        interruption.interrupt()
      }
    }
  }

  private static func watch(
    _ socket: NetworkSocket,
    _ interruption: Interruption,
    _ stream: AsyncStream<RouterNotice>.Continuation
  ) {
    var recent = RecentNotices()
    var second = (start: ContinuousClock.now, count: 0)
    while (try? interruption.wait(for: CInt(POLLIN), on: socket.file, atMost: .seconds(3600))) != nil {
      let now = ContinuousClock.now
      if second.start.duration(to: now) >= .seconds(1) { second = (now, 0) }
      second.count += 1
      if second.count > mostPerSecond { try? interruption.pause(atMost: .seconds(1)) }
      guard let (bytes, sender) = socket.receiveDatagram(limit: SSDPMessage.longest + 1),
        case .v4(let address) = sender.host, let notice = RouterNotice(bytes, from: address)
      else { continue }
      if recent.isNew(notice, at: now) { stream.yield(notice) }
    }
  }
}

/// Tells repeated announcements from new ones: devices send each several times, and for each of their services.
private struct RecentNotices {
  /// Repetitions come within this time.
  private static let span = Duration.seconds(2)
  private static let most = 32

  private var notices: [(notice: RouterNotice, time: ContinuousClock.Instant)] = []

  mutating func isNew(_ notice: RouterNotice, at now: ContinuousClock.Instant) -> Bool {
    notices.removeAll { $0.time.duration(to: now) > Self.span }
    guard !notices.contains(where: { $0.notice == notice }) else { return false }
    // A router that leaves and comes back at once is news both times.
    notices.removeAll { $0.notice.udn == notice.udn && $0.notice.kind != notice.kind }
    notices.append((notice, now))
    if notices.count > Self.most { notices.removeFirst() }
    return true
  }
}
