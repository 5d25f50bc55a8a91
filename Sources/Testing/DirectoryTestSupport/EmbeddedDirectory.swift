package import DirectoryServer
internal import Foundation
package import LDAPClient
internal import LDAPProtocol
internal import Logging
internal import NIOCore

/// The server under test on a free port, with a manager.
package struct EmbeddedDirectory: Sendable {
  package static let suffix = "dc=example,dc=org"
  package static let managerDN = "cn=manager,dc=example,dc=org"
  package static let managerPassword = "managers-secret"

  package let server: DirectoryServer
  package let store: DirectoryStore

  package var port: Int { server.address.port ?? 0 }
  package var url: String { "ldap://127.0.0.1:\(port)" }

  /// Runs a server around `body` and stops it afterwards.
  package static func with<Result: Sendable>(
    backend: any DirectoryBackend = InMemoryDirectoryBackend(),
    schema: DirectorySchema? = nil,
    limits: DirectoryLimits = DirectoryLimits(),
    scheme: PasswordScheme = .saltedSHA512,
    nowSeconds: @escaping @Sendable () -> Int = { 1_795_361_645 },
    _ body: (EmbeddedDirectory) async throws -> Result
  ) async throws -> Result {
    let manager = DirectoryManager(dn: try DistinguishedName(managerDN), password: Array(managerPassword.utf8))
    let store = try await DirectoryStore(
      suffix: try DistinguishedName(suffix),
      schema: try schema ?? DirectorySchema(),
      settings: DirectorySettings(manager: manager, passwordScheme: scheme),
      backend: backend,
      nowSeconds: nowSeconds,
      newUUID: { UUID().uuidString.lowercased() },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    let server = try await DirectoryServer.bind(
      to: try SocketAddress(ipAddress: "127.0.0.1", port: 0),
      store: store,
      limits: limits,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    )
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      defer { group.cancelAll() }
      return try await body(EmbeddedDirectory(server: server, store: store))
    }
  }

  /// A connection of nobody yet.
  package func connect() async throws -> LDAPClient {
    try await LDAPClient.connect(host: "127.0.0.1", port: port)
  }

  /// A connection bound as the manager.
  package func connectAsManager() async throws -> LDAPClient {
    let client = try await connect()
    try await client.bind(dn: Self.managerDN, password: Self.managerPassword)
    return client
  }
}
