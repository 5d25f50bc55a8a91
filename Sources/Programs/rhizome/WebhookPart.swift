import Logging
import RhizomeAPIServer
import RhizomeCommands
import RhizomeModel
import RhizomeSource

/// The listener for webhooks, where one is declared, and what is known of it.
actor WebhookPart {
  private let follower: GitFollower
  private let logger: Logger
  private let tell: @Sendable (GitWebhookState.News) async -> Void
  /// Nil where none is declared.
  private(set) var state: GitWebhookState?

  init(follower: GitFollower, logger: Logger, tell: @escaping @Sendable (GitWebhookState.News) async -> Void) {
    self.follower = follower
    self.logger = logger
    self.tell = tell
  }

  /// Listens as declared, until cancelled.
  func run(_ changes: AsyncStream<GitWebhook.Settings?>) async {
    var declared: GitWebhook.Settings?
    var listening: Task<Void, Never>?
    for await settings in changes where settings != declared {
      listening?.cancel()
      await listening?.value
      declared = settings
      state = settings.map { GitWebhookState(place: $0.place) }
      listening = settings.map { settings in Task { await listen(settings) } }
    }
    listening?.cancel()
    await listening?.value
  }

  /// A port that is taken now may be free later.
  private func listen(_ settings: GitWebhook.Settings) async {
    let server = server(settings)
    while !Task.isCancelled {
      do {
        try await server.run()
      } catch {
        guard !Task.isCancelled else { return }
        await say(state?.failed("\(error)"))
      }
      try? await Task.sleep(for: .seconds(5))
    }
  }

  private func server(_ settings: GitWebhook.Settings) -> WebhookServer {
    WebhookServer(
      host: settings.host,
      port: settings.port,
      bodyBytes: GitWebhook.bodyBytes,
      isGenuine: { GitWebhook.isGenuine(header: $0, body: $1, secret: settings.secret) },
      heard: { await self.heard($0) },
      logger: logger
    )
  }

  private func heard(_ news: WebhookServer.News) async {
    switch news {
    case .listening: await say(state?.listens())
    case .refused: await say(state?.refused(at: .now))
    case .push:
      state?.heard(at: .now)
      await follower.ask()
    }
  }

  private func say(_ news: GitWebhookState.News?) async {
    if let news { await tell(news) }
  }
}
