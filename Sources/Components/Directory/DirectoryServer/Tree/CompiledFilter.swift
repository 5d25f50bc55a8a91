internal import LDAPProtocol

/// Which attributes of an entry a filter item speaks of.
struct AttributeSelector: Sendable {
  let types: [Int]
  let options: [String]

  func matches(_ attribute: StoredAttribute) -> Bool {
    types.contains(attribute.description.type)
      && (options.isEmpty || options.allSatisfy(attribute.description.options.contains))
  }
}

/// A filter with names resolved and assertion values normalised, ready to judge entries.
///
/// What cannot be judged (unknown attribute, value of the wrong syntax, attribute the searcher may not read)
/// is `undefined`, as RFC 4511 4.5.1.7 wants.
indirect enum CompiledFilter: Sendable {
  case and([CompiledFilter])
  case or([CompiledFilter])
  case not(CompiledFilter)
  case undefined
  case always
  case equality(AttributeSelector, [UInt8])
  case objectClass(AttributeSelector, [[UInt8]])
  case substrings(AttributeSelector, LDAPFilter.Substrings)
  case greaterOrEqual(AttributeSelector, MatchingFamily, [UInt8])
  case lessOrEqual(AttributeSelector, MatchingFamily, [UInt8])
  case present(AttributeSelector)
  case approximate(AttributeSelector, PhoneticPhrase)
  case extensible(ExtensibleMatch)

  /// Judges one entry: true, false, or nil for undefined.
  func matches(_ entry: Entry, in schema: DirectorySchema) -> Bool? {
    switch self {
    case .undefined: nil
    case .always: true
    case .and(let filters): Self.all(filters, entry, schema)
    case .or(let filters): Self.any(filters, entry, schema)
    case .not(let filter): filter.matches(entry, in: schema).map { !$0 }
    case .equality(let selector, let value): Self.anyValue(entry, selector) { $0 == value }
    case .objectClass(let selector, let names): Self.anyValue(entry, selector, names.contains)
    case .substrings(let selector, let pieces): Self.anyValue(entry, selector) { pieces.match($0) }
    case .greaterOrEqual(let selector, let family, let value):
      Self.anyValue(entry, selector) { !family.precedes($0, value) }
    case .lessOrEqual(let selector, let family, let value):
      Self.anyValue(entry, selector) { !family.precedes(value, $0) }
    case .present(let selector): entry.attributes.contains(where: selector.matches)
    case .approximate(let selector, let phrase): Self.anyValue(entry, selector) { phrase.matches($0) }
    case .extensible(let match): match.matches(entry, in: schema)
    }
  }

  private static func all(_ filters: [CompiledFilter], _ entry: Entry, _ schema: DirectorySchema) -> Bool? {
    var result: Bool? = true
    for filter in filters {
      switch filter.matches(entry, in: schema) {
      case false?: return false
      case nil: result = nil
      case true?: break
      }
    }
    return result
  }

  private static func any(_ filters: [CompiledFilter], _ entry: Entry, _ schema: DirectorySchema) -> Bool? {
    var result: Bool? = false
    for filter in filters {
      switch filter.matches(entry, in: schema) {
      case true?: return true
      case nil: result = nil
      case false?: break
      }
    }
    return result
  }

  private static func anyValue(
    _ entry: Entry,
    _ selector: AttributeSelector,
    _ judge: ([UInt8]) -> Bool
  ) -> Bool {
    for attribute in entry.attributes where selector.matches(attribute) {
      if attribute.normalised.contains(where: judge) { return true }
    }
    return false
  }
}

extension LDAPFilter.Substrings {
  /// Whether `value` holds the pieces in order and without overlap. All normalised alike.
  func match(_ value: [UInt8]) -> Bool {
    var rest = value[...]
    if let initial {
      guard rest.starts(with: initial) else { return false }
      rest = rest.dropFirst(initial.count)
    }
    if let final {
      guard rest.count >= final.count, rest.suffix(final.count).elementsEqual(final) else { return false }
      rest = rest.dropLast(final.count)
    }
    for piece in any {
      guard let end = Self.endOfFirst(piece, in: rest) else { return false }
      rest = rest[end...]
    }
    return true
  }

  private static func endOfFirst(_ piece: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
    guard let first = piece.first else { return text.startIndex }
    var position = text.startIndex
    while position + piece.count <= text.endIndex {
      if text[position] == first, text[position..<(position + piece.count)].elementsEqual(piece) {
        return position + piece.count
      }
      position += 1
    }
    return nil
  }
}
