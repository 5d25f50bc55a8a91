internal import COpenSSL

/// A message digest algorithm of libcrypto.
package enum DigestAlgorithm: Sendable {
  case md5, sha1, sha256, sha512

  /// Length of the digest, in bytes.
  package var byteCount: Int {
    switch self {
    case .md5: 16
    case .sha1: 20
    case .sha256: 32
    case .sha512: 64
    }
  }

  var evp: OpaquePointer? {
    switch self {
    case .md5: EVP_md5()
    case .sha1: EVP_sha1()
    case .sha256: EVP_sha256()
    case .sha512: EVP_sha512()
    }
  }
}

/// An incremental message digest: feed it bytes, then `finalize()` once.
///
/// Not safe to share between tasks without synchronisation, and so not `Sendable`.
package final class Digest {
  private let context: OpaquePointer
  private let algorithm: DigestAlgorithm

  package init(_ algorithm: DigestAlgorithm) {
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto is out of memory") }
    self.context = context
    self.algorithm = algorithm
    precondition(EVP_DigestInit_ex(context, algorithm.evp, nil) == 1, "libcrypto refused \(algorithm)")
  }

  deinit { EVP_MD_CTX_free(context) }

  package func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress else { return }
    EVP_DigestUpdate(context, base, bytes.count)
  }

  package func update(_ bytes: some Sequence<UInt8>) {
    if bytes.withContiguousStorageIfAvailable({ update(UnsafeRawBufferPointer($0)) }) != nil { return }
    Array(bytes).withUnsafeBytes { update($0) }
  }

  /// The digest of everything fed so far. The object must not be used afterwards.
  package func finalize() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, count in
      EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
      count = algorithm.byteCount
    }
  }

  /// The digest of `bytes` in one call.
  package static func of(_ bytes: some Sequence<UInt8>, _ algorithm: DigestAlgorithm) -> [UInt8] {
    let digest = Digest(algorithm)
    digest.update(bytes)
    return digest.finalize()
  }
}

/// Keyed-hash message authentication (RFC 2104).
package enum MessageAuthentication {
  package static func hmac(_ message: some Collection<UInt8>, key: some Collection<UInt8>, _ algorithm: DigestAlgorithm)
    -> [UInt8]
  {
    let (message, key) = (Array(message), Array(key))
    return [UInt8](unsafeUninitializedCapacity: algorithm.byteCount) { buffer, count in
      HMAC(algorithm.evp, key, Int32(key.count), message, message.count, buffer.baseAddress, nil)
      count = algorithm.byteCount
    }
  }
}
