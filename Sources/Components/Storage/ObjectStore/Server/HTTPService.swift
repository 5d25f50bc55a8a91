internal import Logging
internal import ServiceLifecycle
internal import HummingbirdCore
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Where a server listens.
package struct ListenAddress: Hashable, Sendable {
  /// A host name or an IP address.
  package var host: String
  /// 0: a free one, told by `boundPort()`.
  package var port: Int

  package init(host: String = "127.0.0.1", port: Int) { (self.host, self.port) = (host, port) }
}

/// An HTTP/1.1 server around one responder, that tells which port it got.
struct HTTPService: Service {
  typealias Responder = HTTPChannelHandler.Responder

  /// Seconds after which a connection without traffic is closed.
  private static let idleTimeout = TimeAmount.seconds(60)

  let address: ListenAddress
  let logger: Logger
  let port = BoundPort()
  let responder: Responder

  /// Listens until it is stopped.
  /// - Throws: `IOError` when it cannot listen there.
  func run() async throws {
    let server = Server(
      childChannelSetup: HTTP1Channel(responder: responder, configuration: .init(idleTimeout: Self.idleTimeout)),
      configuration: .init(address: .hostname(address.host, port: address.port)),
      onServerRunning: { [port] in port.settle(.success($0.localAddress?.port ?? 0)) },
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: logger
    )
    do {
      try await server.run()
      port.settle(.failure(CancellationError()))
    } catch {
      port.settle(.failure(error))
      throw error
    }
  }
}

/// The port a server got, for whoever waits for it. Settled once.
final class BoundPort: Sendable {
  private struct State {
    var result: Result<Int, any Error>?
    var waiting: [Int: CheckedContinuation<Int, any Error>] = [:]
    var nextID = 0
  }

  private let state = Mutex(State())

  /// - Throws: why the server could not listen; `CancellationError`.
  func value() async throws -> Int {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let result = state.withLock { state -> Result<Int, any Error>? in
          if Task.isCancelled { return .failure(CancellationError()) }
          if state.result == nil { state.waiting[id] = continuation }
          return state.result
        }
        if let result { continuation.resume(with: result) }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: CancellationError())
    }
  }

  func settle(_ result: Result<Int, any Error>) {
    let waiting = state.withLock { state in
      if state.result == nil { state.result = result }
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume(with: result) }
  }
}
