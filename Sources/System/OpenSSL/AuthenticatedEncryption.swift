internal import COpenSSL

/// AES-256 in Galois/Counter Mode (NIST SP 800-38D), laid out as nonce (12 bytes), ciphertext, tag (16 bytes).
package enum AuthenticatedEncryption {
  package static let keyByteCount = 32
  private static let nonceByteCount = 12
  private static let tagByteCount = 16

  /// The box could not be opened: wrong key, wrong context, or changed bytes.
  package struct OpenFailure: Error {}

  /// Encrypts `plaintext` under a fresh random nonce.
  /// - Parameter context: additional data that must be equal when opening, such as the record's name.
  package static func seal(_ plaintext: [UInt8], key: [UInt8], context: [UInt8]) -> [UInt8] {
    precondition(key.count == keyByteCount, "AES-256 takes a key of 32 bytes")
    let nonce = SecureRandom.bytes(nonceByteCount)
    let cipher = Cipher()
    EVP_EncryptInit_ex(cipher.handle, EVP_aes_256_gcm(), nil, key, nonce)
    var length: Int32 = 0
    EVP_EncryptUpdate(cipher.handle, nil, &length, context, Int32(context.count))
    var ciphertext = [UInt8](repeating: 0, count: plaintext.count)
    EVP_EncryptUpdate(cipher.handle, &ciphertext, &length, plaintext, Int32(plaintext.count))
    EVP_EncryptFinal_ex(cipher.handle, nil, &length)
    var tag = [UInt8](repeating: 0, count: tagByteCount)
    _ = COpenSSL_gcm_get_tag(cipher.handle, Int32(tagByteCount), &tag)
    return nonce + ciphertext + tag
  }

  /// Decrypts and verifies what `seal` made.
  /// - Throws: `OpenFailure` when anything differs; nothing of the plaintext is returned then.
  package static func open(_ box: [UInt8], key: [UInt8], context: [UInt8]) throws(OpenFailure) -> [UInt8] {
    guard box.count >= nonceByteCount + tagByteCount, key.count == keyByteCount else { throw OpenFailure() }
    let ciphertext = Array(box[nonceByteCount..<(box.count - tagByteCount)])
    var tag = Array(box.suffix(tagByteCount))
    let cipher = Cipher()
    var length: Int32 = 0
    var plaintext = [UInt8](repeating: 0, count: ciphertext.count)
    guard
      EVP_DecryptInit_ex(cipher.handle, EVP_aes_256_gcm(), nil, key, Array(box.prefix(nonceByteCount))) == 1,
      EVP_DecryptUpdate(cipher.handle, nil, &length, context, Int32(context.count)) == 1,
      EVP_DecryptUpdate(cipher.handle, &plaintext, &length, ciphertext, Int32(ciphertext.count)) == 1,
      COpenSSL_gcm_set_tag(cipher.handle, Int32(tagByteCount), &tag) == 1,
      EVP_DecryptFinal_ex(cipher.handle, nil, &length) == 1
    else { throw OpenFailure() }
    return plaintext
  }

  private final class Cipher {
    let handle: OpaquePointer

    init() {
      guard let handle = EVP_CIPHER_CTX_new() else { preconditionFailure("libcrypto is out of memory") }
      self.handle = handle
    }

    deinit { EVP_CIPHER_CTX_free(handle) }
  }
}

/// Random bytes fit for keys and nonces.
package enum SecureRandom {
  package static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      precondition(RAND_bytes(buffer.baseAddress, Int32(count)) == 1, "the system gave no randomness")
      initialized = count
    }
  }
}

/// Compares two secrets in a time that depends on their lengths only.
package func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
