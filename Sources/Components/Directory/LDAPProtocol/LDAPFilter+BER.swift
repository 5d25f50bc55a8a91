internal import NIOCore

extension LDAPFilter {
  /// Reads a filter; its depth is limited by the reader.
  package init(from reader: inout BERReader) throws(BERError) {
    let element = try reader.readElement()
    switch element.tag {
    case .contextConstructed(0): self = .and(try Self.readAll(reader.nested(element.content)))
    case .contextConstructed(1): self = .or(try Self.readAll(reader.nested(element.content)))
    case .contextConstructed(2): self = .not(try Self.readOnly(reader.nested(element.content)))
    case .contextConstructed(4): self = try Self.readSubstrings(reader.nested(element.content))
    case .context(7): self = .present(attribute: try BERReader.string(element.content))
    case .contextConstructed(9): self = .extensible(try Extensible(from: reader.nested(element.content)))
    default: self = try Self.readAssertion(element.tag, reader.nested(element.content))
    }
  }

  private static func readAll(_ reader: BERReader) throws(BERError) -> [LDAPFilter] {
    var reader = reader
    var filters: [LDAPFilter] = []
    while !reader.isAtEnd { filters.append(try LDAPFilter(from: &reader)) }
    return filters
  }

  private static func readOnly(_ reader: BERReader) throws(BERError) -> LDAPFilter {
    var reader = reader
    let filter = try LDAPFilter(from: &reader)
    try reader.expectEnd()
    return filter
  }

  private static func readAssertion(_ tag: BERTag, _ reader: BERReader) throws(BERError) -> LDAPFilter {
    var reader = reader
    let attribute = try reader.readString()
    let value = try reader.readOctets()
    try reader.expectEnd()
    switch tag {
    case .contextConstructed(3): return .equality(attribute: attribute, value: value)
    case .contextConstructed(5): return .greaterOrEqual(attribute: attribute, value: value)
    case .contextConstructed(6): return .lessOrEqual(attribute: attribute, value: value)
    case .contextConstructed(8): return .approximate(attribute: attribute, value: value)
    default: throw BERError(.unexpectedTag, "\(tag) is not a kind of filter")
    }
  }

  private static func readSubstrings(_ reader: BERReader) throws(BERError) -> LDAPFilter {
    var reader = reader
    let attribute = try reader.readString()
    var pieces = try reader.readConstructed(.sequence)
    try reader.expectEnd()
    var substrings = Substrings()
    guard !pieces.isAtEnd else { throw BERError(.invalidValue, "a substring filter needs at least one piece") }
    while !pieces.isAtEnd { try substrings.readPiece(from: &pieces) }
    return .substrings(attribute: attribute, substrings)
  }

  /// Writes the filter.
  package func write(to writer: inout BERWriter) {
    switch self {
    case .and(let filters): writer.constructed(.contextConstructed(0)) { Self.writeAll(filters, to: &$0) }
    case .or(let filters): writer.constructed(.contextConstructed(1)) { Self.writeAll(filters, to: &$0) }
    case .not(let filter): writer.constructed(.contextConstructed(2)) { filter.write(to: &$0) }
    case .equality(let attribute, let value): Self.writeAssertion(3, attribute, value, to: &writer)
    case .substrings(let attribute, let pieces): Self.writeSubstrings(attribute, pieces, to: &writer)
    case .greaterOrEqual(let attribute, let value): Self.writeAssertion(5, attribute, value, to: &writer)
    case .lessOrEqual(let attribute, let value): Self.writeAssertion(6, attribute, value, to: &writer)
    case .present(let attribute): writer.string(attribute, tag: .context(7))
    case .approximate(let attribute, let value): Self.writeAssertion(8, attribute, value, to: &writer)
    case .extensible(let match): writer.constructed(.contextConstructed(9)) { match.write(to: &$0) }
    }
  }

  private static func writeAll(_ filters: [LDAPFilter], to writer: inout BERWriter) {
    for filter in filters { filter.write(to: &writer) }
  }

  private static func writeAssertion(
    _ number: UInt8,
    _ attribute: String,
    _ value: [UInt8],
    to writer: inout BERWriter
  ) {
    writer.constructed(.contextConstructed(number)) { writer in
      writer.string(attribute)
      writer.octets(value)
    }
  }

  private static func writeSubstrings(_ attribute: String, _ pieces: Substrings, to writer: inout BERWriter) {
    writer.constructed(.contextConstructed(4)) { writer in
      writer.string(attribute)
      writer.constructed(.sequence) { writer in
        if let initial = pieces.initial { writer.octets(initial, tag: .context(0)) }
        for piece in pieces.any { writer.octets(piece, tag: .context(1)) }
        if let final = pieces.final { writer.octets(final, tag: .context(2)) }
      }
    }
  }
}

extension LDAPFilter.Substrings {
  /// Reads one piece; `initial` may come first only and `final` last only.
  fileprivate mutating func readPiece(from reader: inout BERReader) throws(BERError) {
    let (tag, content) = try reader.readElement()
    let octets = Array(content.readableBytesView)
    guard !octets.isEmpty else { throw BERError(.invalidValue, "a piece of a substring filter is empty") }
    switch tag {
    case .context(0) where initial == nil && any.isEmpty && final == nil: initial = octets
    case .context(1) where final == nil: any.append(octets)
    case .context(2) where final == nil: final = octets
    default: throw BERError(.unexpectedTag, "pieces of a substring filter are out of order")
    }
  }
}

extension LDAPFilter.Extensible {
  fileprivate init(from reader: BERReader) throws(BERError) {
    var reader = reader
    var rule: String?
    var attribute: String?
    if reader.nextTag == .context(1) { rule = try reader.readString(.context(1)) }
    if reader.nextTag == .context(2) { attribute = try reader.readString(.context(2)) }
    let value = try reader.readOctets(.context(3))
    let dnAttributes = reader.nextTag == .context(4) ? try reader.readBoolean(.context(4)) : false
    try reader.expectEnd()
    guard rule != nil || attribute != nil else {
      throw BERError(.invalidValue, "an extensible match names neither a rule nor an attribute")
    }
    self.init(matchingRule: rule, attribute: attribute, value: value, dnAttributes: dnAttributes)
  }

  fileprivate func write(to writer: inout BERWriter) {
    if let matchingRule { writer.string(matchingRule, tag: .context(1)) }
    if let attribute { writer.string(attribute, tag: .context(2)) }
    writer.octets(value, tag: .context(3))
    if dnAttributes { writer.boolean(true, tag: .context(4)) }
  }
}
