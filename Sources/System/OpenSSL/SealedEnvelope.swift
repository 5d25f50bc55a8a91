internal import COpenSSL

/// Secrets encrypted to a certificate: CMS enveloped data (RFC 5652, section 6) in PEM, as `openssl cms -encrypt` makes
/// and `openssl cms -decrypt` reads.
package enum SealedEnvelope {
  /// What went wrong; never holds anything of the secret.
  package struct Failure: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  /// Encrypts `plaintext` so that only the holder of the certificate's key can read it.
  /// - Parameter certificate: X.509 in PEM.
  package static func seal(_ plaintext: [UInt8], to certificate: String) throws(Failure) -> String {
    guard let recipient = try Memory(certificate.utf8).read({ PEM_read_bio_X509($0, nil, nil, nil) }) else {
      throw Failure(description: "the sealing certificate is not a certificate in PEM")
    }
    defer { X509_free(recipient) }
    guard let envelope = try Memory(plaintext).read({ COpenSSL_cms_encrypt(recipient, $0) }) else {
      throw Failure(description: "the certificate's key cannot be used for sealing; it must be an RSA key")
    }
    defer { CMS_ContentInfo_free(envelope) }
    let output = try Memory()
    guard PEM_write_bio_CMS(output.bio, envelope) == 1 else { throw outOfMemory }
    return String(decoding: output.bytes, as: UTF8.self)
  }

  /// Decrypts what was sealed to this pair's certificate.
  /// - Throws: `Failure` when it is no envelope, was sealed to somebody else, or was changed.
  package static func open(_ envelope: String, with pair: SealingPair) throws(Failure) -> [UInt8] {
    guard let content = try Memory(envelope.utf8).read({ PEM_read_bio_CMS($0, nil, nil, nil) }) else {
      throw Failure(description: "it is not a CMS envelope in PEM (-----BEGIN CMS-----)")
    }
    defer { CMS_ContentInfo_free(content) }
    guard let key = try Memory(pair.privateKey.utf8).read({ PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else {
      throw Failure(description: "the sealing key is not a private key in PEM")
    }
    defer { EVP_PKEY_free(key) }
    let recipient = try Memory(pair.certificate.utf8).read({ PEM_read_bio_X509($0, nil, nil, nil) })
    defer { X509_free(recipient) }
    let output = try Memory()
    guard CMS_decrypt(content, key, recipient, nil, output.bio, 0) == 1 else {
      throw Failure(description: "it was sealed to another certificate, or it was changed")
    }
    return output.bytes
  }

  fileprivate static var outOfMemory: Failure { Failure(description: "libcrypto is out of memory") }
}

/// An RSA key, and the self-signed certificate that others seal to; both in PEM.
package struct SealingPair: Sendable {
  package let privateKey: String
  package let certificate: String

  package init(privateKey: String, certificate: String) {
    self.privateKey = privateKey
    self.certificate = certificate
  }

  /// A new pair.
  /// - Parameters:
  ///   - commonName: the certificate's subject.
  ///   - validFor: in seconds.
  package static func make(commonName: String, validFor seconds: Int) throws(SealedEnvelope.Failure) -> SealingPair {
    guard let key = COpenSSL_make_rsa_key(3_072), let certificate = X509_new() else {
      throw SealedEnvelope.outOfMemory
    }
    defer {
      EVP_PKEY_free(key)
      X509_free(certificate)
    }
    try fill(certificate, commonName, seconds, key)
    let (keyText, certificateText) = (try Memory(), try Memory())
    guard PEM_write_bio_PrivateKey(keyText.bio, key, nil, nil, 0, nil, nil) == 1,
      PEM_write_bio_X509(certificateText.bio, certificate) == 1
    else { throw SealedEnvelope.outOfMemory }
    return SealingPair(
      privateKey: String(decoding: keyText.bytes, as: UTF8.self),
      certificate: String(decoding: certificateText.bytes, as: UTF8.self)
    )
  }

  private static func fill(_ certificate: OpaquePointer, _ commonName: String, _ seconds: Int, _ key: OpaquePointer)
    throws(SealedEnvelope.Failure)
  {
    let versionThree = 2
    X509_set_version(certificate, versionThree)
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1)
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0)
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds)
    let name = X509_get_subject_name(certificate)
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, commonName, -1, -1, 0)
    X509_set_issuer_name(certificate, name)
    guard X509_set_pubkey(certificate, key) == 1, X509_sign(certificate, key, EVP_sha256()) > 0 else {
      throw SealedEnvelope.Failure(description: "libcrypto could not sign the sealing certificate")
    }
  }
}

/// A memory BIO that owns its bytes.
private final class Memory {
  let bio: OpaquePointer

  init(_ content: some Sequence<UInt8> = []) throws(SealedEnvelope.Failure) {
    guard let bio = BIO_new(BIO_s_mem()) else { throw SealedEnvelope.outOfMemory }
    self.bio = bio
    let bytes = Array(content)
    if !bytes.isEmpty { BIO_write(bio, bytes, Int32(bytes.count)) }
  }

  deinit { BIO_free(bio) }

  /// Gives the BIO to `body`, and stays alive until it returns.
  func read(_ body: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer? {
    withExtendedLifetime(self) { body(bio) }
  }

  var bytes: [UInt8] {
    var data: UnsafeMutablePointer<CChar>?
    let count = COpenSSL_memory(bio, &data)
    guard let data, count > 0 else { return [] }
    return Array(UnsafeRawBufferPointer(start: data, count: count))
  }
}
