import Foundation
import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
import ServiceLifecycle

/// Hears from a forge that something was pushed: one route, one bounded body, and an answer that tells nothing.
package struct WebhookServer: Sendable {
  private let host: String
  private let port: Int
  private let bodyBytes: Int
  private let isGenuine: @Sendable (_ header: (String) -> String?, _ body: [UInt8]) -> Bool
  private let heard: @Sendable (News) async -> Void
  private let logger: Logger

  /// What comes up.
  package enum News: Sendable {
    case listening
    /// The forge says that something was pushed.
    case push
    /// Somebody said so without the right signature.
    case refused
  }

  /// Why it cannot listen, in plain words.
  package struct CannotListen: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Parameters:
  ///   - bodyBytes: larger bodies are refused.
  ///   - isGenuine: whether the forge has signed this.
  ///   - heard: called for each webhook, and once it listens.
  package init(
    host: String,
    port: Int,
    bodyBytes: Int,
    isGenuine: @escaping @Sendable (_ header: (String) -> String?, _ body: [UInt8]) -> Bool,
    heard: @escaping @Sendable (News) async -> Void,
    logger: Logger
  ) {
    self.host = host
    self.port = port
    self.bodyBytes = bodyBytes
    self.isGenuine = isGenuine
    self.heard = heard
    self.logger = logger
  }

  /// Listens until cancelled.
  /// - Throws: `CannotListen`, `CancellationError`.
  package func run() async throws {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let router = Router()
    router.post("/git") { request, _ in await answer(request) }
    let application = Application(
      router: router,
      server: .http1(configuration: .init(idleTimeout: .seconds(15))),
      configuration: .init(address: .hostname(host, port: port), serverName: "rhizome"),
      onServerRunning: { _ in await heard(.listening) },
      logger: quiet
    )
    do {
      try await application.runService(gracefulShutdownSignals: [])
    } catch let error as IOError {
      throw CannotListen(description: WebhookServer.reason(error, port))
    }
  }

  private static func reason(_ error: IOError, _ port: Int) -> String {
    switch error.errnoCode {
    case EADDRINUSE: "port \(port) is taken by another program; declare another one, or stop that program"
    case EADDRNOTAVAIL: "this machine does not have that address"
    case EACCES: "this user may not listen at port \(port)"
    default: "\(error)"
    }
  }

  private func answer(_ request: Request) async -> Response {
    guard let body = try? await request.body.collect(upTo: bodyBytes) else { return Response(status: .contentTooLarge) }
    let headers = request.headers
    let found = isGenuine({ name in HTTPField.Name(name).flatMap { headers[$0] } }, Array(body.readableBytesView))
    guard found else {
      await heard(.refused)
      return Response(status: .forbidden)
    }
    await heard(.push)
    return Response(status: .noContent)
  }
}
