internal import Foundation
internal import LDAPClient
internal import NIOCore
internal import NIOPosix

/// A real OpenLDAP server of its own: own folder, own port, empty database, ended with the test.
package final class SlapdServer {
  package static let isInstalled =
    Tool.path("slapd") != nil && FileManager.default.fileExists(atPath: "/etc/ldap/schema/core.schema")

  package let port: Int
  private let folder: TemporaryFolder
  private let process = Process()

  /// For looking at what it takes of the machine.
  package var processID: Int32 { process.processIdentifier }

  /// Starts it and waits until it answers.
  /// - Parameter settings: further lines of slapd.conf(5) for the database.
  package init(suffix: String, manager: String, password: String, settings: [String] = []) async throws {
    folder = try TemporaryFolder()
    port = try await Self.freePort()
    try FileManager.default.createDirectory(at: folder.file("db"), withIntermediateDirectories: true)
    let account = (suffix: suffix, manager: manager, password: password)
    try Data(Self.configuration(account, folder.url.path, settings).utf8).write(to: folder.file("slapd.conf"))
    process.executableURL = URL(fileURLWithPath: try Tool.require(Tool.path("slapd"), "slapd is not installed"))
    process.arguments = ["-d", "0", "-f", folder.file("slapd.conf").path, "-h", "ldap://127.0.0.1:\(port)/"]
    process.standardError = FileHandle.nullDevice
    try process.run()
    try await waitUntilItAnswers()
  }

  private static func configuration(
    _ account: (suffix: String, manager: String, password: String),
    _ folder: String,
    _ settings: [String]
  ) -> String {
    """
    include /etc/ldap/schema/core.schema
    include /etc/ldap/schema/cosine.schema
    include /etc/ldap/schema/inetorgperson.schema
    include /etc/ldap/schema/nis.schema
    modulepath /usr/lib/ldap
    moduleload back_mdb
    moduleload memberof
    sizelimit unlimited
    database mdb
    suffix "\(account.suffix)"
    rootdn "\(account.manager)"
    rootpw \(account.password)
    directory \(folder)/db
    dbnosync
    \(settings.joined(separator: "\n"))
    overlay memberof

    """
  }

  /// Below the ports that the system hands out by itself: any connection of anybody could get one of those before slapd
  /// has it.
  private static func freePort() async throws -> Int {
    while true {
      let port = Int.random(in: 10_000..<32_768)
      let server = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      guard let channel = try? await server.bind(host: "127.0.0.1", port: port).get() else { continue }
      try await channel.close()
      return port
    }
  }

  private func waitUntilItAnswers() async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while true {
      do {
        return await (try LDAPClient.connect(host: "127.0.0.1", port: port)).close()
      } catch {
        guard ContinuousClock.now < deadline, process.isRunning else { throw error }
        try await Task.sleep(for: .milliseconds(20))
      }
    }
  }

  deinit {
    // Its data is worthless by now, and a polite request can be lost to the signal mask it inherited.
    kill(process.processIdentifier, SIGKILL)
  }
}
