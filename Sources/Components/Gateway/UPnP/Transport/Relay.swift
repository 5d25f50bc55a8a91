#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// Lets libminiupnpc speak to one address of one router, and only through us.
///
/// The library's own transport reads without limit, follows whatever it is told and cannot be ended. So it gets a URL of
/// this machine's loopback, valid for one call. A thread takes its question there, asks the router itself within
/// limits, and hands back a plain, complete answer; when the call is interrupted, the library sees its connection closed
/// and returns. The path of the URL is a secret, so that no other program of this machine can ask the router as us.
struct Relay {
  /// Where the questions go.
  let target: WebAddress
  /// The address to ask from; nil lets the system choose.
  var source: WebEndpoint.Host?
  var limits = WebExchange.Limits()

  /// What came of one question.
  private final class Outcome: Sendable {
    let error = Mutex<UPnPError?>(nil)
  }

  /// Runs one call of the library with a URL that leads to the target. Call it on a thread of `BlockingCalls`: the
  /// relay's own thread stands in the same network namespace.
  ///
  /// - Throws: what went wrong on the way to the router, which says more than the library's error; else what `call`
  ///   throws.
  func run<Answer>(
    _ interruption: Interruption,
    _ call: (_ url: String) throws(UPnPError) -> Answer
  ) throws(UPnPError) -> Answer {
    let listener = try NetworkSocket.open(AF_INET, .stream)
    let port = try listener.listenOnLoopback()
    let path = "/" + Self.secret()
    let ended = try interruption.dependent()
    let outcome = Outcome()
    let thread = try DetachedThread.startJoinable {
      do throws(UPnPError) {
        try serve(listener, path, ended)
      } catch {
        outcome.error.withLock { $0 = error }
      }
    }
    let result = Result { () throws(UPnPError) in try call("http://127.0.0.1:\(port)\(path)") }
    ended.interrupt()
    thread.join()
    if case .failure = result, let error = outcome.error.withLock({ $0 }), error.code != .deadlineExceeded {
      throw error
    }
    return try result.get()
  }

  private static func secret() -> String {
    (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
  }
}

// MARK: - The relay's own thread

extension Relay {
  /// For a question from this machine, which is sent at once.
  private static let localPatience = Duration.seconds(1)

  /// Answers one question that knows the secret. Anybody else is turned away.
  private func serve(_ listener: NetworkSocket, _ path: String, _ ended: Interruption) throws(UPnPError) {
    while true {
      guard let connection = try listener.accept(atMost: .seconds(60), ended) else { return }
      guard let request = try? question(on: connection, ended), request.path == path else { continue }
      let exchange = WebExchange(endpoint: target.endpoint, source: source, limits: limits)
      let (answer, _) = try exchange.perform(request.readdressed(to: target), ended)
      return try connection.send(Self.plain(answer), idle: Self.localPatience, ended)
    }
  }

  private func question(on connection: NetworkSocket, _ ended: Interruption) throws(UPnPError) -> WebRequest? {
    var bytes: [UInt8] = []
    while bytes.count <= WebRequest.longest {
      let part = try connection.receive(idle: Self.localPatience, ended)
      if part.isEmpty { return nil }
      bytes += part
      if let request = WebRequest(bytes) { return request }
    }
    return nil
  }

  /// The answer in the one form that leaves the library nothing to interpret.
  private static func plain(_ answer: WebAnswer) -> [UInt8] {
    let header = [
      "HTTP/1.1 \(answer.status) Answer", "Content-Type: text/xml", "Content-Length: \(answer.body.count)",
      "Connection: close",
    ]
    return Array((header.joined(separator: "\r\n") + "\r\n\r\n").utf8) + answer.body
  }
}
