import Foundation
import Logging
import RhizomeAPI
import RhizomeAPIServer
import RhizomeClient
import RhizomeCommands
import RhizomeReconciler
import ServiceLifecycle
import UnixSignals

/// The composition root: builds every part by hand, and runs them until the system says stop.
struct Daemon {
  private let options: DaemonOptions
  private let dataDirectory: String
  private let socketPath: String
  private let logger: Logger

  init(_ options: DaemonOptions, _ connection: ConnectionOptions) {
    self.options = options
    dataDirectory = connection.resolvedDataDirectory
    socketPath = connection.socketPath
    LoggingSystem.bootstrap(StreamLogHandler.standardError)
    var logger = Logger(label: "rhizome")
    logger.logLevel = options.logLevel.level
    self.logger = logger
  }

  /// Runs everything; `whenReady` is called once the API answers.
  func run(whenReady: (@Sendable (RhizomeClient) async throws -> Void)? = nil) async throws {
    let parts = try await DaemonParts(dataDirectory: dataDirectory, options: options, logger: logger)
    let api = APIServer(socketPath: socketPath, controlPlane: parts.controlPlane, git: parts.git, logger: logger)
    var services = parts.services + [api]
    if let whenReady {
      services.append(FirstTask(client: RhizomeClient(socketPath: socketPath), logger: logger, body: whenReady))
    }
    logger.notice("starting", metadata: ["data": "\(dataDirectory)", "version": "\(ProgramVersion.text)"])
    // Started in this order, stopped in reverse: nothing loses what it stands on.
    var configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0) },
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: logger.atMost(.info)
    )
    configuration.maximumGracefulShutdownDuration = .seconds(20)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch {
      try? await parts.close()
      throw error
    }
    try await parts.close()
  }
}

/// Does something once the API answers, then stays out of the way.
private struct FirstTask: Service {
  let client: RhizomeClient
  let logger: Logger
  let body: @Sendable (RhizomeClient) async throws -> Void

  func run() async throws {
    await cancelWhenGracefulShutdown {
      do {
        try await waitUntilReady()
        try await body(client)
      } catch let error as APIError {
        ErrorOutput.tell(error)
        Printer.note("The folder was not applied. The daemon goes on; mend the folder, and run: rhizome apply")
      } catch is CancellationError {
        return
      } catch {
        logger.error("the folder was not applied", metadata: ["error": "\(error)"])
      }
      let (stream, continuation) = AsyncStream<Never>.makeStream()
      for await _ in stream {}
      continuation.finish()
    }
  }

  private func waitUntilReady() async throws {
    while (try? await client.version()) == nil { try await Task.sleep(for: .milliseconds(50)) }
  }
}
