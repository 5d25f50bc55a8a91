/// The envelope of everything on an LDAP connection (RFC 4511 4.1.1).
package struct LDAPMessage: Hashable, Sendable {
  /// 1 to 2^31-1, chosen by the client; 0 for unsolicited notifications of the server.
  package var messageID: Int32
  package var operation: LDAPOperation
  package var controls: [LDAPControl]

  package init(messageID: Int32, _ operation: LDAPOperation, controls: [LDAPControl] = []) {
    self.messageID = messageID
    self.operation = operation
    self.controls = controls
  }
}

/// A request or response (RFC 4511 4.2 to 4.13).
package enum LDAPOperation: Hashable, Sendable {
  case bindRequest(LDAPBindRequest)
  case bindResponse(LDAPResult)
  case unbindRequest
  case searchRequest(LDAPSearchRequest)
  case searchResultEntry(LDAPSearchResultEntry)
  case searchResultReference([String])
  case searchResultDone(LDAPResult)
  case modifyRequest(LDAPModifyRequest)
  case modifyResponse(LDAPResult)
  case addRequest(LDAPAddRequest)
  case addResponse(LDAPResult)
  case deleteRequest(dn: String)
  case deleteResponse(LDAPResult)
  case modifyDNRequest(LDAPModifyDNRequest)
  case modifyDNResponse(LDAPResult)
  case compareRequest(LDAPCompareRequest)
  case compareResponse(LDAPResult)
  case abandonRequest(messageID: Int32)
  case extendedRequest(LDAPExtendedRequest)
  case extendedResponse(LDAPExtendedResponse)
  case intermediateResponse(name: String?, value: [UInt8]?)
}

/// An addition to an operation (RFC 4511 4.1.11).
package struct LDAPControl: Hashable, Sendable {
  package var type: String
  /// Whether the operation must fail when the server does not know the control.
  package var isCritical: Bool
  package var value: [UInt8]?

  package init(type: String, isCritical: Bool = false, value: [UInt8]? = nil) {
    self.type = type
    self.isCritical = isCritical
    self.value = value
  }
}

/// The object identifiers of the extensions Rhizome's server and client speak.
package enum LDAPExtension {
  /// Who am I? (RFC 4532).
  package static let whoAmI = "1.3.6.1.4.1.4203.1.11.3"
  /// Password Modify (RFC 3062).
  package static let passwordModify = "1.3.6.1.4.1.4203.1.11.1"
  /// Notice of Disconnection (RFC 4511 4.4.1).
  package static let noticeOfDisconnection = "1.3.6.1.4.1.1466.20036"
  /// All operational attributes with "+" (RFC 3673).
  package static let allOperationalAttributes = "1.3.6.1.4.1.4203.1.5.1"
  /// Absolute true and false filters, `(&)` and `(|)` (RFC 4526).
  package static let absoluteFilters = "1.3.6.1.4.1.4203.1.5.3"
}
