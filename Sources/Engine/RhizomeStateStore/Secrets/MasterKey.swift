internal import OpenSSL

/// The one secret of a cluster, from which all others that it needs are derived.
///
/// Derivation is HMAC-SHA256 over a purpose and a name (as HKDF's expand step, RFC 5869, with one block): equal inputs
/// give equal secrets on every node, and knowing one derived secret tells nothing about the others.
package struct MasterKey: Sendable {
  package static let byteCount = 32

  private let bytes: [UInt8]

  /// - Parameter bytes: 32 random bytes.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count == MasterKey.byteCount else { return nil }
    self.bytes = bytes
  }

  /// A fresh key from the system's random source.
  package static func random() -> MasterKey { MasterKey(unchecked: SecureRandom.bytes(byteCount)) }

  /// 32 bytes that only holders of the key can compute.
  /// - Parameters:
  ///   - purpose: what they are for, such as `access-key-secret`; keeps uses apart from each other.
  ///   - name: for what in particular, such as an address.
  package func derive(_ purpose: String, _ name: String = "") -> [UInt8] {
    let purpose = Array(purpose.utf8)
    // The length in front keeps ("ab", "c") and ("a", "bc") apart.
    let message = [UInt8](bigEndian: UInt32(purpose.count)) + purpose + Array(name.utf8)
    return MessageAuthentication.hmac(message, key: bytes, .sha256)
  }

  /// The first `byteCount` (at most 32) derived bytes as hexadecimal text.
  package func deriveHex(_ purpose: String, _ name: String = "", byteCount: Int = 32) -> String {
    Hex.encode(derive(purpose, name).prefix(byteCount))
  }

  /// A digest of `secret` that equal secrets share within the cluster, and that tells nothing to those without the key.
  package func fingerprint(of secret: some Sequence<UInt8>) -> String {
    let digest = MessageAuthentication.hmac(Array(secret), key: derive("secret-fingerprint"), .sha256)
    return Hex.encode(digest.prefix(16))
  }

  /// Hands the raw key to whoever writes it to its file.
  func withBytes<T, E: Error>(_ body: ([UInt8]) throws(E) -> T) throws(E) -> T { try body(bytes) }

  private init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}

extension MasterKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "(master key)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension [UInt8] {
  fileprivate init(bigEndian number: UInt32) { self = Swift.withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}
