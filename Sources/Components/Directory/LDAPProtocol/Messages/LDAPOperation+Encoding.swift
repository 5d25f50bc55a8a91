extension LDAPOperation {
  func write(to writer: inout BERWriter) {
    switch self {
    case .unbindRequest: writer.null(tag: .application(2))
    case .deleteRequest(let dn): writer.string(dn, tag: .application(10))
    case .abandonRequest(let messageID): writer.integer(messageID, tag: .application(16))
    case .bindRequest(let request): writer.constructed(.applicationConstructed(0)) { request.write(to: &$0) }
    case .searchRequest(let request): writer.constructed(.applicationConstructed(3)) { request.write(to: &$0) }
    case .modifyRequest(let request): writer.constructed(.applicationConstructed(6)) { request.write(to: &$0) }
    case .addRequest(let request): writer.constructed(.applicationConstructed(8)) { request.write(to: &$0) }
    case .modifyDNRequest(let request): writer.constructed(.applicationConstructed(12)) { request.write(to: &$0) }
    case .compareRequest(let request): writer.constructed(.applicationConstructed(14)) { request.write(to: &$0) }
    case .extendedRequest(let request): writer.constructed(.applicationConstructed(23)) { request.write(to: &$0) }
    default: writeResponse(to: &writer)
    }
  }

  private func writeResponse(to writer: inout BERWriter) {
    switch self {
    case .bindResponse(let result): Self.write(result, 1, to: &writer)
    case .searchResultEntry(let entry): writer.constructed(.applicationConstructed(4)) { entry.write(to: &$0) }
    case .searchResultDone(let result): Self.write(result, 5, to: &writer)
    case .modifyResponse(let result): Self.write(result, 7, to: &writer)
    case .addResponse(let result): Self.write(result, 9, to: &writer)
    case .deleteResponse(let result): Self.write(result, 11, to: &writer)
    case .modifyDNResponse(let result): Self.write(result, 13, to: &writer)
    case .compareResponse(let result): Self.write(result, 15, to: &writer)
    case .searchResultReference(let uris):
      writer.constructed(.applicationConstructed(19)) { writer in for uri in uris { writer.string(uri) } }
    case .extendedResponse(let response):
      writer.constructed(.applicationConstructed(24)) { response.write(to: &$0) }
    case .intermediateResponse(let name, let value):
      writer.constructed(.applicationConstructed(25)) { writer in
        if let name { writer.string(name, tag: .context(0)) }
        if let value { writer.octets(value, tag: .context(1)) }
      }
    default: preconditionFailure("requests are written by write(to:)")
    }
  }

  private static func write(_ result: LDAPResult, _ number: UInt8, to writer: inout BERWriter) {
    writer.constructed(.applicationConstructed(number)) { result.write(to: &$0) }
  }
}

extension LDAPResult {
  fileprivate func write(to writer: inout BERWriter) {
    writer.integer(code.rawValue, tag: .enumerated)
    writer.string(matchedDN)
    writer.string(diagnosticMessage)
    guard !referral.isEmpty else { return }
    writer.constructed(.contextConstructed(3)) { writer in for uri in referral { writer.string(uri) } }
  }
}

extension LDAPBindRequest {
  fileprivate func write(to writer: inout BERWriter) {
    writer.integer(version)
    writer.string(dn)
    switch authentication {
    case .simple(let password): writer.octets(password, tag: .context(0))
    case .sasl(let mechanism, let credentials):
      writer.constructed(.contextConstructed(3)) { writer in
        writer.string(mechanism)
        if let credentials { writer.octets(credentials) }
      }
    case .unknown(let tag): writer.null(tag: tag)
    }
  }
}

extension LDAPSearchRequest {
  fileprivate func write(to writer: inout BERWriter) {
    writer.string(base)
    writer.integer(scope.rawValue, tag: .enumerated)
    writer.integer(aliasDereferencing, tag: .enumerated)
    writer.integer(sizeLimit)
    writer.integer(timeLimit)
    writer.boolean(typesOnly)
    filter.write(to: &writer)
    writer.constructed(.sequence) { writer in for name in attributes { writer.string(name) } }
  }
}

extension LDAPAttribute {
  fileprivate func write(to writer: inout BERWriter) {
    writer.constructed(.sequence) { writer in
      writer.string(description)
      writer.constructed(.set) { writer in for value in values { writer.octets(value) } }
    }
  }
}

extension LDAPSearchResultEntry {
  fileprivate func write(to writer: inout BERWriter) {
    writer.string(dn)
    writer.constructed(.sequence) { writer in for attribute in attributes { attribute.write(to: &writer) } }
  }
}

extension LDAPModifyRequest {
  fileprivate func write(to writer: inout BERWriter) {
    writer.string(dn)
    writer.constructed(.sequence) { writer in
      for change in changes {
        writer.constructed(.sequence) { writer in
          writer.integer(change.kind.rawValue, tag: .enumerated)
          change.attribute.write(to: &writer)
        }
      }
    }
  }
}

extension LDAPAddRequest {
  fileprivate func write(to writer: inout BERWriter) {
    writer.string(dn)
    writer.constructed(.sequence) { writer in for attribute in attributes { attribute.write(to: &writer) } }
  }
}

extension LDAPModifyDNRequest {
  fileprivate func write(to writer: inout BERWriter) {
    writer.string(dn)
    writer.string(newRDN)
    writer.boolean(deleteOldRDN)
    if let newSuperior { writer.string(newSuperior, tag: .context(0)) }
  }
}

extension LDAPCompareRequest {
  fileprivate func write(to writer: inout BERWriter) {
    writer.string(dn)
    writer.constructed(.sequence) { writer in
      writer.string(attribute)
      writer.octets(value)
    }
  }
}

extension LDAPExtendedRequest {
  fileprivate func write(to writer: inout BERWriter) {
    writer.string(name, tag: .context(0))
    if let value { writer.octets(value, tag: .context(1)) }
  }
}

extension LDAPExtendedResponse {
  fileprivate func write(to writer: inout BERWriter) {
    result.write(to: &writer)
    if let name { writer.string(name, tag: .context(10)) }
    if let value { writer.octets(value, tag: .context(11)) }
  }
}
