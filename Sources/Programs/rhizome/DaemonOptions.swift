import ArgumentParser
import Logging
import RhizomeCommands

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
  @OptionGroup var git: GitOptions
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
