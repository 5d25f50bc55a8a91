internal import NIOCore

extension LDAPOperation {
  init(from reader: inout BERReader) throws(BERError) {
    let element = try reader.readElement()
    switch element.tag {
    case .application(2): self = .unbindRequest
    case .application(10): self = .deleteRequest(dn: try BERReader.string(element.content))
    case .application(16): self = .abandonRequest(messageID: try BERReader.integer(element.content))
    default: try self.init(tag: element.tag, contents: reader.nested(element.content))
    }
  }

  private init(tag: BERTag, contents: BERReader) throws(BERError) {
    var reader = contents
    switch tag {
    case .applicationConstructed(0): self = .bindRequest(try LDAPBindRequest(from: &reader))
    case .applicationConstructed(3): self = .searchRequest(try LDAPSearchRequest(from: &reader))
    case .applicationConstructed(6): self = .modifyRequest(try LDAPModifyRequest(from: &reader))
    case .applicationConstructed(8): self = .addRequest(try LDAPAddRequest(from: &reader))
    case .applicationConstructed(12): self = .modifyDNRequest(try LDAPModifyDNRequest(from: &reader))
    case .applicationConstructed(14): self = .compareRequest(try LDAPCompareRequest(from: &reader))
    case .applicationConstructed(23): self = .extendedRequest(try LDAPExtendedRequest(from: &reader))
    default: self = try Self.response(tag, &reader)
    }
    try reader.expectEnd()
  }

  private static func response(_ tag: BERTag, _ reader: inout BERReader) throws(BERError) -> LDAPOperation {
    switch tag {
    case .applicationConstructed(1): return .bindResponse(try bindResult(&reader))
    case .applicationConstructed(4): return .searchResultEntry(try LDAPSearchResultEntry(from: &reader))
    case .applicationConstructed(5): return .searchResultDone(try LDAPResult(from: &reader))
    case .applicationConstructed(7): return .modifyResponse(try LDAPResult(from: &reader))
    case .applicationConstructed(9): return .addResponse(try LDAPResult(from: &reader))
    case .applicationConstructed(11): return .deleteResponse(try LDAPResult(from: &reader))
    case .applicationConstructed(13): return .modifyDNResponse(try LDAPResult(from: &reader))
    case .applicationConstructed(15): return .compareResponse(try LDAPResult(from: &reader))
    case .applicationConstructed(19): return .searchResultReference(try reader.readStrings())
    case .applicationConstructed(24): return .extendedResponse(try LDAPExtendedResponse(from: &reader))
    case .applicationConstructed(25): return try intermediate(&reader)
    default: throw BERError(.unexpectedTag, "\(tag) is not an LDAP operation")
    }
  }

  /// A bind response may end in SASL credentials, which no mechanism spoken here needs.
  private static func bindResult(_ reader: inout BERReader) throws(BERError) -> LDAPResult {
    let result = try LDAPResult(from: &reader)
    if reader.nextTag == .context(7) { _ = try reader.readElement() }
    return result
  }

  private static func intermediate(_ reader: inout BERReader) throws(BERError) -> LDAPOperation {
    let name = reader.nextTag == .context(0) ? try reader.readString(.context(0)) : nil
    let value = reader.nextTag == .context(1) ? try reader.readOctets(.context(1)) : nil
    return .intermediateResponse(name: name, value: value)
  }
}

extension BERReader {
  fileprivate mutating func readStrings() throws(BERError) -> [String] {
    var strings: [String] = []
    while !isAtEnd { strings.append(try readString()) }
    return strings
  }

  fileprivate mutating func readAttribute() throws(BERError) -> LDAPAttribute {
    var reader = try readConstructed(.sequence)
    let description = try reader.readString()
    var set = try reader.readConstructed(.set)
    try reader.expectEnd()
    var values: [[UInt8]] = []
    while !set.isAtEnd { values.append(try set.readOctets()) }
    return LDAPAttribute(description, values)
  }

  fileprivate mutating func readAttributes() throws(BERError) -> [LDAPAttribute] {
    var list = try readConstructed(.sequence)
    var attributes: [LDAPAttribute] = []
    while !list.isAtEnd { attributes.append(try list.readAttribute()) }
    return attributes
  }
}

extension LDAPResult {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let code = LDAPResultCode(rawValue: try reader.readInteger(.enumerated))
    let matchedDN = try reader.readString()
    let diagnosticMessage = try reader.readString()
    var referral: [String] = []
    if reader.nextTag == .contextConstructed(3) {
      var list = try reader.readConstructed(.contextConstructed(3))
      referral = try list.readStrings()
    }
    self.init(code, matchedDN: matchedDN, diagnosticMessage: diagnosticMessage, referral: referral)
  }
}

extension LDAPBindRequest {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let version = try reader.readInteger()
    let dn = try reader.readString()
    let element = try reader.readElement()
    switch element.tag {
    case .context(0):
      let password = Array(element.content.readableBytesView)
      self.init(version: version, dn: dn, authentication: .simple(password: password))
    case .contextConstructed(3):
      var sasl = try reader.nested(element.content)
      let mechanism = try sasl.readString()
      let credentials = sasl.isAtEnd ? nil : try sasl.readOctets()
      self.init(version: version, dn: dn, authentication: .sasl(mechanism: mechanism, credentials: credentials))
    default:
      self.init(version: version, dn: dn, authentication: .unknown(element.tag))
    }
  }
}

extension LDAPSearchRequest {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let base = try reader.readString()
    guard let scope = Scope(rawValue: try reader.readInteger(.enumerated)) else {
      throw BERError(.invalidValue, "the scope of a search is not one of 0, 1, 2")
    }
    let aliases = try reader.readInteger(.enumerated)
    let sizeLimit = try reader.readInteger()
    let timeLimit = try reader.readInteger()
    guard sizeLimit >= 0, timeLimit >= 0 else { throw BERError(.invalidValue, "a limit of a search is negative") }
    let typesOnly = try reader.readBoolean()
    let filter = try LDAPFilter(from: &reader)
    var list = try reader.readConstructed(.sequence)
    self.init(
      base: base,
      scope: scope,
      filter: filter,
      attributes: try list.readStrings(),
      sizeLimit: sizeLimit,
      timeLimit: timeLimit,
      typesOnly: typesOnly,
      aliasDereferencing: aliases
    )
  }
}

extension LDAPSearchResultEntry {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let dn = try reader.readString()
    self.init(dn: dn, attributes: try reader.readAttributes())
  }
}

extension LDAPModifyRequest {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let dn = try reader.readString()
    var list = try reader.readConstructed(.sequence)
    var changes: [Change] = []
    while !list.isAtEnd { changes.append(try Change(from: list.readConstructed(.sequence))) }
    self.init(dn: dn, changes: changes)
  }
}

extension LDAPModifyRequest.Change {
  fileprivate init(from reader: BERReader) throws(BERError) {
    var reader = reader
    guard let kind = LDAPModifyRequest.Kind(rawValue: try reader.readInteger(.enumerated)) else {
      throw BERError(.invalidValue, "a modification is none of add, delete, replace, increment")
    }
    let attribute = try reader.readAttribute()
    try reader.expectEnd()
    self.init(kind, attribute)
  }
}

extension LDAPAddRequest {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let dn = try reader.readString()
    self.init(dn: dn, attributes: try reader.readAttributes())
  }
}

extension LDAPModifyDNRequest {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let dn = try reader.readString()
    let newRDN = try reader.readString()
    let deleteOldRDN = try reader.readBoolean()
    let newSuperior = reader.nextTag == .context(0) ? try reader.readString(.context(0)) : nil
    self.init(dn: dn, newRDN: newRDN, deleteOldRDN: deleteOldRDN, newSuperior: newSuperior)
  }
}

extension LDAPCompareRequest {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let dn = try reader.readString()
    var assertion = try reader.readConstructed(.sequence)
    let attribute = try assertion.readString()
    let value = try assertion.readOctets()
    try assertion.expectEnd()
    self.init(dn: dn, attribute: attribute, value: value)
  }
}

extension LDAPExtendedRequest {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let name = try reader.readString(.context(0))
    let value = reader.nextTag == .context(1) ? try reader.readOctets(.context(1)) : nil
    self.init(name: name, value: value)
  }
}

extension LDAPExtendedResponse {
  fileprivate init(from reader: inout BERReader) throws(BERError) {
    let result = try LDAPResult(from: &reader)
    let name = reader.nextTag == .context(10) ? try reader.readString(.context(10)) : nil
    let value = reader.nextTag == .context(11) ? try reader.readOctets(.context(11)) : nil
    self.init(result: result, name: name, value: value)
  }
}
