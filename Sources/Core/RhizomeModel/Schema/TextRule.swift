/// The form that a text must have.
///
/// Each rule has a sentence for people and, where the form is regular, a pattern (ECMA 262) for the JSON Schema. The
/// check itself is `TextRule.problem(with:)`.
package enum TextRule: String, Sendable, CaseIterable {
  /// Anything.
  case any
  /// Anything, and `${…}` references are resolved in it.
  case template
  /// One or more lower-case letters, digits and hyphens (RFC 1123, section 2.1), at most 63.
  case dnsLabel
  /// Labels joined by dots.
  case domain
  /// An IP address or a domain.
  case host
  /// An S3 bucket name.
  case bucketName
  /// RFC 4514.
  case distinguishedName
  /// An LDAP attribute name (RFC 4512, section 1.4).
  case attributeName
  /// The name of an HTTP header (RFC 9110, section 5.1), in the letters that all servers take.
  case headerName
  case mail
  /// An absolute path.
  case path
  /// A file name or relative path inside a web site.
  case relativePath
  case url
  /// The address of a router's description: plain HTTP and an IP address, as UPnP routers speak it.
  case routerURL
  /// RFC 3339 in UTC.
  case timestamp
  /// An environment variable's name.
  case variableName
  /// A hash in LDAP's form, such as `{SSHA512}…` (RFC 2307, section 5.3).
  case passwordHash
  case sshPublicKey
  /// PEM text of a CMS envelope.
  case sealed
  /// `HH:MM-HH:MM`.
  case timeRange
  /// `HH:MM`.
  case timeOfDay
  /// Permissions of a file in octal, such as `0600`.
  case fileMode
  /// An S3 access key id: `GK` and 24 hexadecimal digits.
  case accessKeyID
  /// A rule of Bottin: five fields joined by colons.
  case accessRule
  /// A node's public key: `ed25519:` and 32 bytes in Base64.
  case nodeKey
  /// A host, and a port where it is not the usual one: `HOST`, `HOST:PORT` or `[IPv6]:PORT`.
  case hostPort
  /// A number of copies from 1 to 7, or `maximum`.
  case copyCount
}
