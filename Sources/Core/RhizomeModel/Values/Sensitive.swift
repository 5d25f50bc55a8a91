/// A secret: compared, stored and shown by its fingerprint; its cleartext lives in memory only, and only on the way to a
/// driver.
///
/// Two sensitive values are equal when their fingerprints are. A fingerprint is a keyed digest (the key is the
/// cluster's), so it tells nothing about a weak password.
package struct Sensitive: Sendable {
  package let fingerprint: String
  /// The secret itself, where it is known in this process.
  package let cleartext: String?

  package init(fingerprint: String, cleartext: String? = nil) {
    self.fingerprint = fingerprint
    self.cleartext = cleartext
  }
}

extension Sensitive: Hashable {
  package static func == (left: Sensitive, right: Sensitive) -> Bool { left.fingerprint == right.fingerprint }
  package func hash(into hasher: inout Hasher) { hasher.combine(fingerprint) }
}

extension Sensitive: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "(sensitive)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
