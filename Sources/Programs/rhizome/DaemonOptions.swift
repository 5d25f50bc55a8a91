import ArgumentParser
import Logging
import RhizomeCommands
import RhizomeModel

/// What the daemon is told at its start.
struct DaemonOptions: ParsableArguments {
  @Option(help: "Which declared Node this machine is; needed when there are several.")
  var node: String?
  @Option(help: "Where the embedded S3 API listens.")
  var s3Listen = Endpoint(host: "127.0.0.1", port: 3900)
  @Option(help: "Where the embedded web sites listen.")
  var webListen = Endpoint(host: "127.0.0.1", port: 3902)
  @Option(help: "Where the embedded directory listens.")
  var ldapListen = Endpoint(host: "127.0.0.1", port: 1389)
  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel = LogLevel.info
  @Option(
    help: ArgumentHelp(
      "Which cluster this is, where its records were lost with their folder, and the engines still carry its marks.",
      valueName: "id"
    ),
    transform: DaemonOptions.clusterID
  )
  var clusterID: ClusterID?
  @OptionGroup var git: GitOptions

  private static func clusterID(_ text: String) throws -> ClusterID {
    if let id = ClusterID(text) { return id }
    throw ValidationError(
      """
      a cluster's id is \(ClusterID.length) digits and letters from a to f, such as 4f1c09ab27d6e358. It was in the file \
      cluster-id of the data folder, `rhizome version` told it, and each complaint about the mark of another cluster does
      """
    )
  }
}

/// A host and a port, written `HOST:PORT`.
struct Endpoint: ExpressibleByArgument, Hashable, Sendable, CustomStringConvertible {
  let host: String
  let port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), let port = UInt16(argument[argument.index(after: colon)...]) else {
      return nil
    }
    self.init(host: String(argument[..<colon]), port: Int(port))
  }

  var description: String { "\(host):\(port)" }
  var defaultValueDescription: String { description }
}

/// How much is logged.
enum LogLevel: String, ExpressibleByArgument, CaseIterable {
  case trace, debug, info, notice, warning, error, critical

  var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}

extension Logger {
  /// The same logger, no chattier than `level`.
  func atMost(_ level: Logger.Level) -> Logger {
    var quiet = self
    quiet.logLevel = max(logLevel, level)
    return quiet
  }
}
