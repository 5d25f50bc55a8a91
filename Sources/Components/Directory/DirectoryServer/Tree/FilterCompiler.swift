internal import LDAPProtocol

/// Turns a filter of the wire into one that can judge entries.
struct FilterCompiler {
  let schema: DirectorySchema
  let known: KnownAttributes
  /// Whether the searcher may read the attribute with that id.
  let isReadable: (Int) -> Bool

  func compile(_ filter: LDAPFilter) -> CompiledFilter {
    switch filter {
    case .and(let filters): .and(filters.map(compile))
    case .or(let filters): .or(filters.map(compile))
    case .not(let filter): .not(compile(filter))
    case .present(let attribute): present(attribute)
    case .equality(let attribute, let value): equality(attribute, value)
    case .substrings(let attribute, let pieces): substrings(attribute, pieces)
    case .greaterOrEqual(let attribute, let value):
      ordering(attribute, value) { .greaterOrEqual($0, $1, $2) }
    case .lessOrEqual(let attribute, let value):
      ordering(attribute, value) { .lessOrEqual($0, $1, $2) }
    case .approximate(let attribute, let value): approximate(attribute, value)
    case .extensible(let match): extensible(match)
    }
  }

  /// The attributes a description names, without those the searcher may not read; nil when there are none.
  private func select(_ text: String) -> (AttributeSelector, AttributeType)? {
    guard let description = schema.describe(text) else { return nil }
    let types = schema.subtypes(of: description.type).filter(isReadable)
    guard !types.isEmpty else { return nil }
    return (AttributeSelector(types: types, options: description.options), schema.attributeTypes[description.type])
  }

  private func present(_ attribute: String) -> CompiledFilter {
    guard let (selector, type) = select(attribute) else { return .undefined }
    let everywhere = [known.objectClass, known.hasSubordinates, known.subschemaSubentry]
    return everywhere.contains(type.id) ? .always : .present(selector)
  }

  private func equality(_ attribute: String, _ value: [UInt8]) -> CompiledFilter {
    guard let (selector, type) = select(attribute), let family = type.equality,
      let normalised = family.normalise(value, in: schema)
    else { return .undefined }
    if type.id == known.objectClass { return objectClass(normalised) }
    return .equality(selector, normalised)
  }

  /// An entry of a class is also of every class above it, named in the entry or not.
  private func objectClass(_ name: [UInt8]) -> CompiledFilter {
    let wanted = String(decoding: name, as: UTF8.self)
    guard schema.objectClass(wanted) != nil else { return .undefined }
    let below = schema.objectClasses.filter { $0.superiors.contains(wanted) }.map { Array($0.name.lowercased().utf8) }
    return .objectClass(AttributeSelector(types: [known.objectClass], options: []), [name] + below)
  }

  private func substrings(_ attribute: String, _ pieces: LDAPFilter.Substrings) -> CompiledFilter {
    guard let (selector, type) = select(attribute), let family = type.substrings else { return .undefined }
    let any = pieces.any.map { family.normalisePiece($0, place: .any) }
    let initial = pieces.initial.map { family.normalisePiece($0, place: .initial) }
    let final = pieces.final.map { family.normalisePiece($0, place: .final) }
    // An outer optional without an inner value is a piece that the syntax does not allow.
    if any.contains(nil) || initial == .some(nil) || final == .some(nil) { return .undefined }
    return .substrings(
      selector,
      .init(initial: initial ?? nil, any: any.compactMap { $0 }, final: final ?? nil)
    )
  }

  private func ordering(
    _ attribute: String,
    _ value: [UInt8],
    _ build: (AttributeSelector, MatchingFamily, [UInt8]) -> CompiledFilter
  ) -> CompiledFilter {
    guard let (selector, type) = select(attribute), let family = type.ordering,
      let normalised = family.normalise(value, in: schema)
    else { return .undefined }
    return build(selector, family, normalised)
  }

  /// Strings are compared by the sound of their words; all else is compared for equality (RFC 4511 4.5.1.7.6).
  private func approximate(_ attribute: String, _ value: [UInt8]) -> CompiledFilter {
    guard let (selector, type) = select(attribute), let family = type.equality,
      let normalised = family.normalise(value, in: schema)
    else { return .undefined }
    switch family {
    case .caseIgnore, .caseExact, .caseIgnoreIA5, .caseExactIA5:
      return .approximate(selector, PhoneticPhrase(normalised))
    default: return equality(attribute, value)
    }
  }

  private func extensible(_ match: LDAPFilter.Extensible) -> CompiledFilter {
    var selection: (AttributeSelector, AttributeType)?
    if let attribute = match.attribute {
      guard let found = select(attribute) else { return .undefined }
      selection = found
    }
    if match.matchingRule == nil, !match.dnAttributes, let attribute = match.attribute {
      return equality(attribute, match.value)
    }
    guard let rule = rule(match, selection?.1), let value = rule.family.normalise(match.value, in: schema) else {
      return .undefined
    }
    if selection == nil, rule.role == .ordering, [.caseIgnore, .caseExact].contains(rule.family) { return .undefined }
    let types = selection?.0.types ?? schema.attributeTypes.map(\.id).filter(isReadable)
    let fitting = types.filter { fits(rule, schema.attributeTypes[$0]) }
    guard !fitting.isEmpty else { return .undefined }
    let selector = AttributeSelector(types: fitting, options: selection?.0.options ?? [])
    return .extensible(
      ExtensibleMatch(selector: selector, rule: rule, value: value, usesName: match.dnAttributes)
    )
  }

  private func rule(_ match: LDAPFilter.Extensible, _ type: AttributeType?) -> MatchingRule? {
    if let name = match.matchingRule { return MatchingRule.named(name).flatMap { $0.role == .substrings ? nil : $0 } }
    return type?.equality.flatMap { family in
      MatchingRule.all.first { $0.family == family && $0.role == .equality }
    }
  }

  /// Rules for object identifiers need a table of identifiers in the assertion; like slapd, none is kept.
  private func fits(_ rule: MatchingRule, _ type: AttributeType) -> Bool {
    if rule.family == .objectIdentifier { return false }
    return type.equality == rule.family || MatchingRule.fits(rule.family, syntax: type.syntax)
  }
}
