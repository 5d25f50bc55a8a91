package import OpenSSL

/// Keys of nodes as manifests write them.
package enum NodeKey {
  /// Reads `ed25519:` and Base64; nil for anything else.
  package static func verifying(_ text: String) -> VerifyingKey? { VerifyingKey(text: text) }
}
