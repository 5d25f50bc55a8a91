import DirectoryTestSupport
import Foundation
import LDAPClient
import LDAPProtocol
import OpenSSL

/// The people that both directories hold.
enum People {
  static let count = 10_000
  private static let base = "ou=people,\(EmbeddedDirectory.suffix)"

  static func uid(_ index: Int) -> String { "person-\(index)" }
  static func dn(_ index: Int) -> String { "uid=\(uid(index)),\(base)" }
  static func password(_ index: Int) -> String { "password of \(index)" }

  /// What a search for somebody finds, with the attributes that are asked for.
  static func found(_ index: Int) -> LDAPSearchResultEntry {
    let asked = attributes(index).filter { searched.contains($0.description) }
    return LDAPSearchResultEntry(dn: dn(index), attributes: asked)
  }

  /// The attributes that are asked for by name: without access rules, slapd would send the password too.
  static let searched = ["uid", "cn", "sn", "mail"]

  /// Puts everybody into a directory, over several connections.
  static func load(port: Int) async throws {
    let client = try await connectAsManager(port)
    try await client.add(
      dn: EmbeddedDirectory.suffix,
      attributes: [
        .init("objectClass", ["dcObject", "organization"]), .init("dc", ["example"]), .init("o", ["Example"]),
      ]
    )
    try await client.add(dn: base, attributes: [.init("objectClass", ["organizationalUnit"]), .init("ou", ["people"])])
    await client.close()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for part in 0..<8 {
        group.addTask {
          let client = try await connectAsManager(port)
          for index in stride(from: part, to: count, by: 8) {
            try await client.add(dn: dn(index), attributes: attributes(index))
          }
          await client.close()
        }
      }
      try await group.waitForAll()
    }
  }

  private static func connectAsManager(_ port: Int) async throws -> LDAPClient {
    let client = try await LDAPClient.connect(host: "127.0.0.1", port: port)
    try await client.bind(dn: EmbeddedDirectory.managerDN, password: EmbeddedDirectory.managerPassword)
    return client
  }

  private static func attributes(_ index: Int) -> [LDAPAttribute] {
    [
      .init("objectClass", ["inetOrgPerson"]),
      .init("uid", [uid(index)]),
      .init("cn", ["Person Number \(index)"]),
      .init("sn", ["Number \(index)"]),
      .init("givenName", ["Person"]),
      .init("displayName", ["Person \(index)"]),
      .init("mail", ["\(uid(index))@example.org"]),
      .init("userPassword", [hash(password(index), salt: Array("salt\(index)".utf8))]),
    ]
  }

  /// `{SSHA}`: SHA-1 over password and salt, then the salt, in base 64.
  private static func hash(_ password: String, salt: [UInt8]) -> String {
    "{SSHA}" + Data(Digest.of(Array(password.utf8) + salt, .sha1) + salt).base64EncodedString()
  }
}
