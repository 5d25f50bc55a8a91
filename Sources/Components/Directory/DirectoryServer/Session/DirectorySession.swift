package import LDAPProtocol

/// What the shell around a session has to do next.
package enum DirectoryDirective: Sendable, Equatable {
  /// Send these messages; the request is done.
  case send([LDAPMessage])
  /// Check a password off the event loop, then call `finishBind`.
  case verify(PasswordCheck)
  /// Let the directory do the change durably, then call `finishWrite`.
  case write(DirectoryWriteRequest)
  /// Send these messages and close the connection.
  case close([LDAPMessage])
  /// Nothing to say.
  case ignore

  /// A password to be compared with stored hashes. Descriptions never show either.
  package struct PasswordCheck: Sendable, Equatable, CustomStringConvertible {
    package let password: [UInt8]
    package let hashes: [[UInt8]]

    package var description: String { "check of a password" }
  }
}

/// A change, and who wants it.
package struct DirectoryWriteRequest: Sendable, Equatable {
  package let identity: DirectoryIdentity
  package let operation: Operation

  package init(identity: DirectoryIdentity, operation: Operation) {
    self.identity = identity
    self.operation = operation
  }

  package enum Operation: Sendable, Equatable {
    case change(DirectoryWrite)
    /// Sets a password, after checking the old one when it is given.
    case setPassword(dn: String, old: [UInt8]?, new: [UInt8])
  }
}

/// One client's conversation (RFC 4511), without any I/O.
///
/// Requests are done one after the other: while a directive of `verify` or `write` is out, the shell hands in
/// no further message.
package struct DirectorySession: Sendable {
  private enum Pending: Sendable {
    case none
    case bind(messageID: Int32, DirectoryIdentity)
    case write(messageID: Int32, response: @Sendable (LDAPResult) -> LDAPOperation)
  }

  let settings: DirectorySettings
  package private(set) var identity: DirectoryIdentity = .anonymous
  private var pending: Pending = .none

  package init(settings: DirectorySettings) { self.settings = settings }

  /// Takes one request.
  package mutating func receive(_ message: LDAPMessage, _ tree: DirectoryTree) -> DirectoryDirective {
    if case .abandonRequest = message.operation { return .ignore }
    if case .unbindRequest = message.operation { return .close([]) }
    guard message.messageID > 0 else { return Self.disconnect(.protocolError, "message id 0 is the server's own") }
    if let refusal = refuseUnknownControls(message) { return refusal }
    if !tree.isAlive(identity) { identity = .anonymous }
    switch message.operation {
    case .bindRequest(let request): return bind(request, message.messageID, tree)
    case .searchRequest(let request): return .send(search(request, message, tree))
    case .compareRequest(let request):
      return reply(message, .compareResponse(compare(request, tree)))
    case .extendedRequest(let request): return extended(request, message, tree)
    default: return write(message)
    }
  }

  /// The answer to a message that could not be decoded: a notice, then the end (RFC 4511 4.1.1, 4.4.1).
  package static func disconnect(_ code: LDAPResultCode, _ reason: String) -> DirectoryDirective {
    let response = LDAPExtendedResponse(
      result: LDAPResult(code, diagnosticMessage: reason),
      name: LDAPExtension.noticeOfDisconnection
    )
    return .close([LDAPMessage(messageID: 0, .extendedResponse(response))])
  }

  func reply(_ message: LDAPMessage, _ operation: LDAPOperation) -> DirectoryDirective {
    .send([LDAPMessage(messageID: message.messageID, operation)])
  }

  private func refuseUnknownControls(_ message: LDAPMessage) -> DirectoryDirective? {
    let unknown = message.controls.first { $0.isCritical && !Self.supportedControls.contains($0.type) }
    guard let unknown, let response = message.operation.response else { return nil }
    let result = LDAPResult(
      .unavailableCriticalExtension,
      diagnosticMessage: "control \(unknown.type) is not known here"
    )
    return reply(message, response(result))
  }

  // MARK: Writes

  private mutating func write(_ message: LDAPMessage) -> DirectoryDirective {
    guard let response = message.operation.response else {
      return Self.disconnect(.protocolError, "this operation is not a request")
    }
    if identity == .anonymous {
      return reply(message, response(LDAPResult(.strongerAuthRequired, diagnosticMessage: "bind first")))
    }
    let change: DirectoryWrite
    switch message.operation {
    case .addRequest(let request): change = .add(request)
    case .modifyRequest(let request): change = .modify(request)
    case .deleteRequest(let dn): change = .delete(dn: dn)
    case .modifyDNRequest(let request): change = .rename(request)
    default: return Self.disconnect(.protocolError, "this operation is not a request")
    }
    pending = .write(messageID: message.messageID, response: response)
    return .write(DirectoryWriteRequest(identity: identity, operation: .change(change)))
  }

  /// Answers the request whose change ended in `result`.
  package mutating func finishWrite(_ result: LDAPResult) -> DirectoryDirective {
    guard case .write(let messageID, let response) = pending else { return .ignore }
    pending = .none
    return .send([LDAPMessage(messageID: messageID, response(result))])
  }

  mutating func awaitPasswordWrite(_ message: LDAPMessage, _ dn: String, _ change: LDAPPasswordModify)
    -> DirectoryDirective
  {
    pending = .write(messageID: message.messageID) { .extendedResponse(LDAPExtendedResponse(result: $0)) }
    return .write(
      DirectoryWriteRequest(
        identity: identity,
        operation: .setPassword(dn: dn, old: change.oldPassword, new: change.newPassword ?? [])
      )
    )
  }

  // MARK: Bind

  private mutating func bind(
    _ request: LDAPBindRequest,
    _ messageID: Int32,
    _ tree: DirectoryTree
  ) -> DirectoryDirective {
    // Whatever comes of it, the old identity is gone (RFC 4511 4.2.1).
    identity = .anonymous
    func answer(_ code: LDAPResultCode, _ message: String = "") -> DirectoryDirective {
      .send([LDAPMessage(messageID: messageID, .bindResponse(LDAPResult(code, diagnosticMessage: message)))])
    }
    guard request.version == 3 else { return answer(.protocolError, "this server speaks LDAP version 3 only") }
    guard case .simple(let password) = request.authentication else {
      return answer(.authMethodNotSupported, "this server knows simple authentication only")
    }
    guard let name = try? DistinguishedName(request.dn) else { return answer(.invalidDNSyntax) }
    if name.isRoot, password.isEmpty { return answer(.success) }
    // A name without password proves nothing, and clients take the success for proof (RFC 4513 5.1.2).
    guard !password.isEmpty else { return answer(.unwillingToPerform, "a bind with a name needs a password") }
    let key = tree.schema.key(of: name)
    if key == tree.schema.key(of: settings.manager.dn) {
      guard settings.manager.matches(password) else { return answer(.invalidCredentials) }
      identity = .manager(settings.manager.dn)
      return answer(.success)
    }
    let entry = tree.entry(key: key)
    pending = .bind(messageID: messageID, .user(entry?.dn ?? name, key: key))
    // Without an entry the check still runs, on no hashes, so that names cannot be probed by the answer.
    return .verify(.init(password: password, hashes: entry?.values(of: tree.known.userPassword) ?? []))
  }

  /// Ends a bind whose password has been checked.
  package mutating func finishBind(matched: Bool) -> DirectoryDirective {
    guard case .bind(let messageID, let wanted) = pending else { return .ignore }
    pending = .none
    identity = matched ? wanted : .anonymous
    let result = LDAPResult(matched ? .success : .invalidCredentials)
    return .send([LDAPMessage(messageID: messageID, .bindResponse(result))])
  }
}

extension LDAPOperation {
  /// The response that goes with a request; nil for requests without one, and for responses.
  var response: (@Sendable (LDAPResult) -> LDAPOperation)? {
    switch self {
    case .bindRequest: { .bindResponse($0) }
    case .searchRequest: { .searchResultDone($0) }
    case .modifyRequest: { .modifyResponse($0) }
    case .addRequest: { .addResponse($0) }
    case .deleteRequest: { .deleteResponse($0) }
    case .modifyDNRequest: { .modifyDNResponse($0) }
    case .compareRequest: { .compareResponse($0) }
    case .extendedRequest: { .extendedResponse(LDAPExtendedResponse(result: $0)) }
    default: nil
    }
  }
}
