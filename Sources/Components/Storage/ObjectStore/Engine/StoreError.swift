/// Why the store, or its administration, could not do what was asked. Refusals in the words of S3 are `S3Error`s.
package struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// No bucket, key or grant of that identifier.
    case notFound
    /// The name is another bucket's, or the identifier another key's.
    case conflict
    /// A bucket that holds objects is never deleted.
    case notEmpty
    /// A value breaks a rule; the message says which.
    case invalid
    /// The data directory belongs to another running process, or cannot be used.
    case unavailable
    /// What is stored is not what was written: a damaged database, a missing file, a secret that does not open.
    case damaged
    /// What is stored was sealed with another encryption key.
    case wrongKey
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    (self.code, self.message) = (code, message)
  }

  package var description: String { message }
}
