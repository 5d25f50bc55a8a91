internal import COpenSSL

/// A private key for Ed25519 signatures (RFC 8032, section 5.1). Never shows itself in logs.
package struct SigningKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// Length of the seed that the key is made of, in bytes.
  package static let seedByteCount = 32
  /// The secret that everything else follows from.
  package let seed: [UInt8]
  package let verifyingKey: VerifyingKey

  /// The key of `seed`; nil unless that has 32 bytes.
  package init?(seed: [UInt8]) {
    guard seed.count == Self.seedByteCount, let key = KeyHandle(seed: seed), let raw = key.publicBytes else {
      return nil
    }
    self.seed = seed
    verifyingKey = VerifyingKey(unchecked: raw)
  }

  /// A new random key.
  package static func generate() -> SigningKey {
    guard let key = SigningKey(seed: SecureRandom.bytes(seedByteCount)) else {
      preconditionFailure("libcrypto refused a random Ed25519 key")
    }
    return key
  }

  /// The signature of `message`, 64 bytes; the same each time.
  package func sign(_ message: [UInt8]) -> [UInt8] {
    let context = SignatureContext()
    let key = KeyHandle(seed: seed)
    var (signature, count) = ([UInt8](repeating: 0, count: VerifyingKey.signatureByteCount), 64)
    let isSigned =
      EVP_DigestSignInit(context.handle, nil, nil, nil, key?.handle) == 1
      && EVP_DigestSign(context.handle, &signature, &count, message, message.count) == 1
    precondition(isSigned && count == signature.count, "libcrypto refused an Ed25519 signature")
    return signature
  }

  package var description: String { "private key of \(verifyingKey)" }
  package var customMirror: Mirror { Mirror(self, children: ["verifyingKey": verifyingKey.text]) }
}

/// A public key for Ed25519 signatures. As text it is `ed25519:` and the 32 bytes in Base64.
package struct VerifyingKey: Sendable, Hashable, CustomStringConvertible {
  /// Length of a signature, in bytes.
  package static let signatureByteCount = 64
  private static let byteCount = 32
  private static let prefix = "ed25519:"
  package let bytes: [UInt8]

  fileprivate init(unchecked bytes: [UInt8]) { self.bytes = bytes }

  /// Reads the one canonical form of the text; nil for anything else.
  package init?(text: String) {
    guard text.utf8.count == Self.prefix.utf8.count + 44, text.hasPrefix(Self.prefix),
      let bytes = Base64.decode(String(text.dropFirst(Self.prefix.count))), bytes.count == Self.byteCount
    else { return nil }
    self.bytes = bytes
  }

  package var text: String { Self.prefix + Base64.encode(bytes) }
  package var description: String { text }

  /// True when the holder of the private key signed `message`.
  package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
    guard signature.count == Self.signatureByteCount, let key = KeyHandle(publicBytes: bytes) else { return false }
    let context = SignatureContext()
    return EVP_DigestVerifyInit(context.handle, nil, nil, nil, key.handle) == 1
      && EVP_DigestVerify(context.handle, signature, signature.count, message, message.count) == 1
  }
}

/// Base64 with padding (RFC 4648, section 4).
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String {
    var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&text, bytes, Int32(bytes.count))
    return String(decoding: text.prefix(Int(count)), as: UTF8.self)
  }

  /// The bytes of `text`; nil unless it is exactly what `encode` makes of them.
  static func decode(_ text: String) -> [UInt8]? {
    let padding = text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
    var bytes = [UInt8](repeating: 0, count: text.utf8.count / 4 * 3 + 3)
    let count = EVP_DecodeBlock(&bytes, Array(text.utf8), Int32(text.utf8.count))
    guard count >= padding else { return nil }
    let decoded = Array(bytes.prefix(Int(count) - padding))
    return encode(decoded) == text ? decoded : nil
  }
}

/// An EVP_PKEY of Ed25519.
private final class KeyHandle {
  let handle: OpaquePointer

  init?(seed: [UInt8]) {
    guard let handle = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else { return nil }
    self.handle = handle
  }

  init?(publicBytes: [UInt8]) {
    guard let handle = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, publicBytes, publicBytes.count) else {
      return nil
    }
    self.handle = handle
  }

  deinit { EVP_PKEY_free(handle) }

  var publicBytes: [UInt8]? {
    var (bytes, count) = ([UInt8](repeating: 0, count: 32), 32)
    guard EVP_PKEY_get_raw_public_key(handle, &bytes, &count) == 1, count == bytes.count else { return nil }
    return bytes
  }
}

private final class SignatureContext {
  let handle: OpaquePointer

  init() {
    guard let handle = EVP_MD_CTX_new() else { preconditionFailure("libcrypto is out of memory") }
    self.handle = handle
  }

  deinit { EVP_MD_CTX_free(handle) }
}
