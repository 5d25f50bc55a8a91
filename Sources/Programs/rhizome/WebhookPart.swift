import Logging
import RhizomeAPIServer
import RhizomeSource

/// The listener for webhooks, where one is declared.
struct WebhookPart {
  let follower: GitFollower
  let logger: Logger

  /// Listens as declared, until cancelled.
  func run(_ changes: AsyncStream<GitWebhook.Settings?>) async {
    var declared: GitWebhook.Settings?
    var listening: Task<Void, Never>?
    for await settings in changes where settings != declared {
      listening?.cancel()
      await listening?.value
      declared = settings
      listening = settings.map { settings in Task { await listen(settings) } }
    }
    listening?.cancel()
    await listening?.value
  }

  /// A port that is taken now may be free later.
  private func listen(_ settings: GitWebhook.Settings) async {
    let server = WebhookServer(
      host: settings.host,
      port: settings.port,
      bodyBytes: GitWebhook.bodyBytes,
      isGenuine: { GitWebhook.isGenuine(header: $0, body: $1, secret: settings.secret) },
      push: { await follower.ask() },
      logger: logger
    )
    while !Task.isCancelled {
      do {
        try await server.run()
      } catch {
        logger.error("cannot listen for webhooks", metadata: ["port": "\(settings.port)", "error": "\(error)"])
      }
      try? await Task.sleep(for: .seconds(5))
    }
  }
}
