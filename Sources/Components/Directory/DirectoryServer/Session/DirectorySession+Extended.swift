internal import LDAPProtocol

/// Extended operations (RFC 4511 4.12).
extension DirectorySession {
  /// ManageDsaIT (RFC 3296) is taken and means nothing: no entry here refers elsewhere.
  static let supportedControls: Set<String> = ["2.16.840.1.113730.3.4.2"]

  mutating func extended(
    _ request: LDAPExtendedRequest,
    _ message: LDAPMessage,
    _ tree: DirectoryTree
  ) -> DirectoryDirective {
    func answer(_ code: LDAPResultCode, _ text: String = "", value: [UInt8]? = nil) -> DirectoryDirective {
      let result = LDAPResult(code, diagnosticMessage: text)
      return reply(message, .extendedResponse(LDAPExtendedResponse(result: result, value: value)))
    }
    switch request.name {
    case LDAPExtension.whoAmI:
      let name = identity == .anonymous ? "" : "dn:\(identity.dn)"
      return answer(.success, value: Array(name.utf8))
    case LDAPExtension.passwordModify:
      guard identity != .anonymous else { return answer(.strongerAuthRequired, "bind first") }
      guard let change = try? LDAPPasswordModify(decoding: request.value ?? [0x30, 0x00]) else {
        return answer(.protocolError, "the request value is malformed")
      }
      guard let new = change.newPassword, !new.isEmpty else {
        return answer(.unwillingToPerform, "give the new password; this server makes none up")
      }
      return awaitPasswordWrite(message, change.userIdentity ?? identity.dn.description, change)
    default:
      return answer(.protocolError, "extended operation \(request.name) is not known here")
    }
  }
}
