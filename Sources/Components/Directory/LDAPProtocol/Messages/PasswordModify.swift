internal import NIOCore

/// The value of a Password Modify request (RFC 3062 2): whose password, the old one, the new one.
package struct LDAPPasswordModify: Hashable, Sendable, CustomStringConvertible {
  package var userIdentity: String?
  package var oldPassword: [UInt8]?
  package var newPassword: [UInt8]?

  package init(userIdentity: String? = nil, oldPassword: [UInt8]? = nil, newPassword: [UInt8]? = nil) {
    self.userIdentity = userIdentity
    self.oldPassword = oldPassword
    self.newPassword = newPassword
  }

  package init(decoding value: [UInt8]) throws(BERError) {
    var outer = BERReader(ByteBuffer(bytes: value), depthMax: 2)
    var reader = try outer.readConstructed(.sequence)
    if reader.nextTag == .context(0) { userIdentity = try reader.readString(.context(0)) }
    if reader.nextTag == .context(1) { oldPassword = try reader.readOctets(.context(1)) }
    if reader.nextTag == .context(2) { newPassword = try reader.readOctets(.context(2)) }
    try reader.expectEnd()
  }

  package func encoded() -> [UInt8] {
    var writer = BERWriter()
    writer.constructed(.sequence) { writer in
      if let userIdentity { writer.string(userIdentity, tag: .context(0)) }
      if let oldPassword { writer.octets(oldPassword, tag: .context(1)) }
      if let newPassword { writer.octets(newPassword, tag: .context(2)) }
    }
    return Array(writer.buffer.readableBytesView)
  }

  package var description: String { "password change of \(userIdentity ?? "the bound identity")" }
}
