import Foundation
import Hummingbird
package import Logging
import RhizomeAPI
import RhizomeModel
import ServiceLifecycle

/// The HTTP API on a unix socket that only its own user can open.
package struct APIServer: Service {
  private let socketPath: String
  private let controlPlane: any ControlPlane
  private let git: (any GitControl)?
  private let logger: Logger

  /// - Parameter socketPath: at most 107 bytes, as the system allows; a socket that nobody answers on is replaced.
  package init(socketPath: String, controlPlane: any ControlPlane, git: (any GitControl)? = nil, logger: Logger) {
    self.socketPath = socketPath
    self.controlPlane = controlPlane
    self.git = git
    self.logger = logger
  }

  /// Why the socket cannot be had.
  package struct SocketError: Error, CustomStringConvertible {
    package let description: String
  }

  package func run() async throws {
    try SocketFile.prepare(at: socketPath)
    defer { try? FileManager.default.removeItem(atPath: socketPath) }
    var quiet = logger
    quiet.logLevel = max(logger.logLevel, .warning)
    let application = Application(
      router: APIRoutes.router(for: controlPlane, git: git),
      configuration: .init(address: .unixDomainSocket(path: socketPath), serverName: "rhizome"),
      onServerRunning: { [socketPath, logger] _ in
        chmod(socketPath, 0o600)
        logger.info("listening", metadata: ["socket": "\(socketPath)"])
      },
      logger: quiet
    )
    try await application.runService(gracefulShutdownSignals: [])
  }
}

/// The file that a unix socket is.
enum SocketFile {
  /// Makes room for a socket: a private folder, and no dead socket in the way.
  static func prepare(at path: String) throws {
    guard path.utf8.count < 108 else {
      throw APIServer.SocketError(
        description:
          "the socket's path is longer than the 107 bytes that the system allows: \(path). Choose a shorter --data-dir or --socket."
      )
    }
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: folder,
      withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700]
    )
    guard FileManager.default.fileExists(atPath: path) else { return }
    guard !answers(path) else {
      throw APIServer.SocketError(description: "another daemon answers on \(path) already")
    }
    try FileManager.default.removeItem(atPath: path)
  }

  /// True when somebody accepts connections on the socket.
  private static func answers(_ path: String) -> Bool {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) == 0 }
    }
  }
}
