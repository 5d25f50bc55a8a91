/// Why bytes are not what the Basic Encoding Rules, or the LDAP grammar on top of them, allow.
package struct BERError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of refusal; they tell hostile input (limits) from broken input.
  package enum Code: Hashable, Sendable {
    /// The element ends before its announced length.
    case truncated
    /// A length of the indefinite form, which RFC 4511 5.1 forbids.
    case indefiniteLength
    /// A length that no message within the limits can have.
    case lengthTooLarge
    /// Another element was due here.
    case unexpectedTag
    /// The element is there but its content is not a legal value.
    case invalidValue
    /// Bytes left over after the last element.
    case trailingBytes
    /// Elements nested deeper than the reader allows.
    case tooDeep
    /// More elements than the reader allows.
    case tooMany
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { "malformed LDAP data: \(message)" }
}
