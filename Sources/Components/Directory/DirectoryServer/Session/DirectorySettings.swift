package import LDAPProtocol
internal import OpenSSL

/// The manager's name and the means to check its password; the password itself is not kept.
package struct DirectoryManager: Sendable {
  package let dn: DistinguishedName
  private let salt: [UInt8]
  private let digest: [UInt8]

  /// - Parameter password: must not be empty.
  package init(dn: DistinguishedName, password: [UInt8]) {
    precondition(!password.isEmpty, "the directory manager needs a password")
    self.dn = dn
    salt = SecureRandom.bytes(16)
    digest = Digest.of(salt + password, .sha256)
  }

  /// Compares in constant time.
  func matches(_ password: [UInt8]) -> Bool { constantTimeEquals(Digest.of(salt + password, .sha256), digest) }
}

/// What stays the same for all sessions of one directory.
package struct DirectorySettings: Sendable {
  package var manager: DirectoryManager
  package var access: DirectoryAccess
  /// Most entries one search returns to anybody but the manager.
  package var searchEntriesMax: Int
  /// How passwords that arrive in the clear are kept.
  package var passwordScheme: PasswordScheme
  /// Shown in the root DSE.
  package var vendorName: String

  package init(
    manager: DirectoryManager,
    access: DirectoryAccess = DirectoryAccess(),
    searchEntriesMax: Int = 10_000,
    passwordScheme: PasswordScheme = .pbkdf2SHA512(iterations: 50_000),
    vendorName: String = "DirectoryServer"
  ) {
    self.manager = manager
    self.access = access
    self.searchEntriesMax = searchEntriesMax
    self.passwordScheme = passwordScheme
    self.vendorName = vendorName
  }
}
