internal import OpenSSL

/// A stored password in the form `{SCHEME}data` (RFC 3112 style, as OpenLDAP and its modules write it).
///
/// Verifies `{SSHA}`, `{SSHA256}`, `{SSHA512}`, their unsalted forms and `{PBKDF2-SHA1|SHA256|SHA512}`; makes
/// `{PBKDF2-SHA512}` and `{SSHA512}`. Cleartext and unknown schemes never match.
package struct PasswordHash: Sendable {
  private enum Scheme {
    case salted(DigestAlgorithm)
    case pbkdf2(DigestAlgorithm)
  }

  /// Most iterations accepted from a stored value, so that a hostile hash cannot stall the server.
  private static let iterationsMax = 5_000_000

  private let scheme: Scheme
  private let data: Substring

  /// Reads a stored value; nil when it has no scheme that can be verified.
  package init?(stored: [UInt8]) {
    guard let text = String(validating: stored, as: UTF8.self), text.first == "{", let end = text.firstIndex(of: "}")
    else { return nil }
    switch text[text.index(after: text.startIndex)..<end].uppercased() {
    case "SSHA", "SHA": scheme = .salted(.sha1)
    case "SSHA256", "SHA256": scheme = .salted(.sha256)
    case "SSHA512", "SHA512": scheme = .salted(.sha512)
    case "PBKDF2", "PBKDF2-SHA1": scheme = .pbkdf2(.sha1)
    case "PBKDF2-SHA256": scheme = .pbkdf2(.sha256)
    case "PBKDF2-SHA512": scheme = .pbkdf2(.sha512)
    default: return nil
    }
    data = text[text.index(after: end)...]
  }

  /// Whether a value a client wrote is a hash already: it begins with a scheme in braces.
  package static func looksHashed(_ value: [UInt8]) -> Bool {
    guard value.first == UInt8(ascii: "{"), let end = value.firstIndex(of: UInt8(ascii: "}")) else { return false }
    return value[1..<end].allSatisfy { Character(Unicode.Scalar($0)).isLetter || $0 < 0x3A } && end > 1
  }

  /// Whether checking takes microseconds; the other schemes are slow on purpose.
  package var isQuick: Bool {
    if case .salted = scheme { true } else { false }
  }

  /// Compares in a time that does not depend on where the difference is.
  package func matches(_ password: [UInt8]) -> Bool {
    switch scheme {
    case .salted(let algorithm): Self.matchesSalted(password, data, algorithm)
    case .pbkdf2(let algorithm): Self.matchesPBKDF2(password, data, algorithm)
    }
  }

  private static func matchesSalted(_ password: [UInt8], _ data: Substring, _ algorithm: DigestAlgorithm) -> Bool {
    guard let bytes = Base64.decode(data), bytes.count >= algorithm.byteCount else { return false }
    let salt = bytes[algorithm.byteCount...]
    return constantTimeEquals(Digest.of(password + salt, algorithm), Array(bytes.prefix(algorithm.byteCount)))
  }

  /// `iterations$salt$key`, the last two in base 64 with a dot for the plus sign.
  private static func matchesPBKDF2(_ password: [UInt8], _ data: Substring, _ algorithm: DigestAlgorithm) -> Bool {
    let parts = data.split(separator: "$", omittingEmptySubsequences: false)
    guard parts.count == 3, let iterations = Int(parts[0]), (1...iterationsMax).contains(iterations),
      let salt = Base64.decode(String(parts[1].map { $0 == "." ? "+" : $0 })),
      let key = Base64.decode(String(parts[2].map { $0 == "." ? "+" : $0 })), !key.isEmpty
    else { return false }
    let derived = KeyDerivation.pbkdf2(
      password: password,
      salt: salt,
      iterations: iterations,
      byteCount: key.count,
      algorithm
    )
    return constantTimeEquals(derived, key)
  }

  /// Makes `{SSHA512}`: fast to verify, for tests and for services that log in all the time.
  package static func makeSalted(_ password: [UInt8], salt: [UInt8]) -> [UInt8] {
    Array("{SSHA512}\(Base64.encode(Digest.of(password + salt, .sha512) + salt))".utf8)
  }

  /// Makes `{PBKDF2-SHA512}`.
  package static func makePBKDF2(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
    let key = KeyDerivation.pbkdf2(password: password, salt: salt, iterations: iterations, byteCount: 64, .sha512)
    func text(_ bytes: [UInt8]) -> String {
      String(Base64.encode(bytes, padded: false).map { $0 == "+" ? "." : $0 })
    }
    return Array("{PBKDF2-SHA512}\(iterations)$\(text(salt))$\(text(key))".utf8)
  }
}

/// How the server hashes passwords that arrive in the clear.
package enum PasswordScheme: Sendable, Hashable {
  /// Slow on purpose, against guessing from a stolen copy.
  case pbkdf2SHA512(iterations: Int)
  case saltedSHA512

  /// Hashes under a fresh random salt.
  package func hash(_ password: [UInt8]) -> [UInt8] {
    let salt = SecureRandom.bytes(16)
    return switch self {
    case .pbkdf2SHA512(let iterations): PasswordHash.makePBKDF2(password, salt: salt, iterations: iterations)
    case .saltedSHA512: PasswordHash.makeSalted(password, salt: salt)
    }
  }
}
