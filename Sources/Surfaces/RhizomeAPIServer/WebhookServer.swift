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
  private let push: @Sendable () async -> Void
  private let logger: Logger

  /// - Parameters:
  ///   - bodyBytes: larger bodies are refused.
  ///   - isGenuine: whether the forge has signed this.
  ///   - push: called for each genuine webhook.
  package init(
    host: String,
    port: Int,
    bodyBytes: Int,
    isGenuine: @escaping @Sendable (_ header: (String) -> String?, _ body: [UInt8]) -> Bool,
    push: @escaping @Sendable () async -> Void,
    logger: Logger
  ) {
    self.host = host
    self.port = port
    self.bodyBytes = bodyBytes
    self.isGenuine = isGenuine
    self.push = push
    self.logger = logger
  }

  /// Listens until cancelled.
  /// - Throws: when it cannot listen.
  package func run() async throws {
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let router = Router()
    router.post("/git") { request, _ in await answer(request) }
    let application = Application(
      router: router,
      server: .http1(configuration: .init(idleTimeout: .seconds(15))),
      configuration: .init(address: .hostname(host, port: port), serverName: "rhizome"),
      logger: quiet
    )
    try await application.runService(gracefulShutdownSignals: [])
  }

  private func answer(_ request: Request) async -> Response {
    guard let body = try? await request.body.collect(upTo: bodyBytes) else { return Response(status: .contentTooLarge) }
    let headers = request.headers
    let found = isGenuine({ name in HTTPField.Name(name).flatMap { headers[$0] } }, Array(body.readableBytesView))
    guard found else {
      logger.warning("a webhook without the right signature was refused")
      return Response(status: .forbidden)
    }
    await push()
    return Response(status: .noContent)
  }
}
