internal import COpenSSL

/// Password-based key derivation (RFC 8018).
package enum KeyDerivation {
  /// PBKDF2 with HMAC over `algorithm`.
  /// - Parameter iterations: how often the digest is applied; cost grows with it.
  package static func pbkdf2(
    password: [UInt8],
    salt: [UInt8],
    iterations: Int,
    byteCount: Int,
    _ algorithm: DigestAlgorithm
  ) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
      let done = password.withUnsafeBytes { password in
        PKCS5_PBKDF2_HMAC(
          password.baseAddress?.assumingMemoryBound(to: CChar.self),
          Int32(password.count),
          salt,
          Int32(salt.count),
          Int32(iterations),
          algorithm.evp,
          Int32(byteCount),
          buffer.baseAddress
        )
      }
      precondition(done == 1, "libcrypto refused PBKDF2 with \(iterations) iterations")
      count = byteCount
    }
  }
}
