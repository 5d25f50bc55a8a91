internal import RhizomeModel

/// Texts, numbers, booleans, quantities, choices and names.
extension SpecDecoder {
  mutating func scalar(_ node: Node, as type: FieldType, at path: FieldPath) -> Value? {
    guard let scalar = node.scalar else { return refuse(node, type, path) }
    switch (type, scalar.resolved) {
    case (.boolean, .boolean(let value)): return .boolean(value)
    case (.integer(let range), .integer(let value)): return integer(value, in: range, node, path)
    case (.integer, .ambiguous): return refuseLeadingZero(scalar.text, node, path)
    case (.quantity(let quantity, let range), .string(let text)):
      return self.quantity(text, quantity, range, node, path)
    case (.quantity(let quantity, _), .integer), (.quantity(let quantity, _), .float):
      return refuseUnit(scalar.text, quantity, node, path)
    case (.text(let rule), .string(let text)): return self.text(text, rule, node, path)
    case (.enumeration(let choices), .string(let word)): return enumeration(word, choices, node, path)
    case (.reference(let kind), .string(let name)): return reference(name, kind, node, path)
    default: return refuse(node, type, path)
    }
  }

  /// A value of the wrong type, with the way to write the one that was meant.
  private mutating func refuse(_ node: Node, _ type: FieldType, _ path: FieldPath) -> Value? {
    let message = "\(SpecDecoder.name(path)) must be \(type.expectation), not \(node.typeName)"
    report(.wrongType, message, node.mark, suggestion: isConfidential ? nil : SpecDecoder.hint(node, type))
    return nil
  }

  private static func hint(_ node: Node, _ type: FieldType) -> String? {
    guard let scalar = node.scalar else {
      return node.items?.count == 1 ? "write the value without [ ]" : nil
    }
    let shown = scalar.text.prefix(80)
    switch (type, scalar.resolved) {
    case (.boolean, .string(let text)):
      if ["yes", "on", "y"].contains(text.lowercased()) { return "write true" }
      if ["no", "off", "n"].contains(text.lowercased()) { return "write false" }
      return ["true", "false"].contains(text.lowercased()) ? "write \(text.lowercased()) without quotes" : nil
    case (.integer, .string(let text)): return Int64(text) == nil ? nil : "write \(shown) without quotes"
    case (.text, _), (.enumeration, _), (.reference, _): return "write it in quotes: \"\(shown)\""
    default: return nil
    }
  }

  private mutating func integer(
    _ value: Int64,
    in range: ClosedRange<Int64>,
    _ node: Node,
    _ path: FieldPath
  ) -> Value? {
    guard range.contains(value) else {
      let bounds =
        range.upperBound == .max ? "at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      report(.outOfRange, "\(SpecDecoder.name(path)) must be \(bounds), not \(value)", node.mark)
      return nil
    }
    return .integer(value)
  }

  private mutating func refuseLeadingZero(_ text: String, _ node: Node, _ path: FieldPath) -> Value? {
    let digits = String(text.drop { $0 == "0" || $0 == "+" || $0 == "-" })
    let plain = digits.isEmpty ? "0" : digits
    let octal = plain.utf8.allSatisfy { $0 < UInt8(ascii: "8") } ? ", or 0o\(plain) if it is octal" : ""
    let message = "\(SpecDecoder.name(path)) begins with a zero, which some programs read as octal"
    report(.badValue, message, node.mark, suggestion: "write \(plain.prefix(80))\(octal)")
    return nil
  }

  private mutating func quantity(
    _ text: String,
    _ quantity: Quantity,
    _ range: ClosedRange<Int64>,
    _ node: Node,
    _ path: FieldPath
  ) -> Value? {
    guard let amount = quantity.parse(text) else { return refuseUnit(text, quantity, node, path) }
    guard range.contains(amount) else {
      let most = range.upperBound == .max ? "" : " and at most \(quantity.format(range.upperBound))"
      let message = "\(SpecDecoder.name(path)) must be at least \(quantity.format(range.lowerBound))\(most)"
      report(.outOfRange, message, node.mark)
      return nil
    }
    return .integer(amount)
  }

  private mutating func refuseUnit(_ text: String, _ quantity: Quantity, _ node: Node, _ path: FieldPath) -> Value? {
    let message = "\(SpecDecoder.name(path)) must be \(quantity.noun), and '\(text.prefix(80))' is not"
    let suggestion =
      quantity.correction(of: text).map { "did you mean \($0)?" }
      ?? "write a number and a unit, such as \(quantity.example)"
    report(.badUnit, message, node.mark, suggestion: suggestion)
    return nil
  }

  private mutating func text(_ text: String, _ rule: TextRule, _ node: Node, _ path: FieldPath) -> Value? {
    if rule == .template { return template(text, node, path) }
    if text.contains("${"), rule != .sealed {
      let message = "\(SpecDecoder.name(path)) is taken as it is: references are not resolved here"
      report(.badReference, message, node.mark, suggestion: "write the value itself", needle: "${")
      return nil
    }
    if let expected = rule.problem(with: text) {
      let shown = isConfidential ? "this" : "'\(text.prefix(80))'"
      report(.badValue, "\(SpecDecoder.name(path)) does not take \(shown)", node.mark, suggestion: "write \(expected)")
      return nil
    }
    return .string(rule.normalized(text))
  }

  private mutating func template(_ text: String, _ node: Node, _ path: FieldPath) -> Value? {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return .string(text) }
    do {
      let template = try Template(parsing: text)
      if let literal = template.literal { return .string(literal) }
      use(template, at: path, node.mark)
      return .template(template)
    } catch {
      let rest = text.dropFirst(error.offset)
      let needle = String(rest.prefix { $0 != "}" && !$0.isNewline }.prefix(80))
      let suggestion = "write $${ where a plain ${ is meant"
      report(.badReference, error.message, node.mark, suggestion: suggestion, needle: needle)
      return nil
    }
  }

  private mutating func enumeration(
    _ word: String,
    _ choices: [FieldType.Choice],
    _ node: Node,
    _ path: FieldPath
  ) -> Value? {
    let words = choices.map(\.word)
    guard words.contains(word) else {
      let message = "\(SpecDecoder.name(path)) cannot be '\(word.prefix(80))'"
      report(.badValue, message, node.mark, suggestion: Suggestion.help(for: word, among: words))
      return nil
    }
    return .string(word)
  }

  private mutating func reference(_ name: String, _ kind: Kind, _ node: Node, _ path: FieldPath) -> Value? {
    if TextRule.dnsLabel.problem(with: name) != nil {
      let address = Address(name)
      let suggestion = address?.kind == kind ? address.map { "write the name only: \($0.name)" } : nil
      let message =
        "\(SpecDecoder.name(path)) must be the name of \(kind.withArticle), and '\(name.prefix(80))' is no name"
      report(.badName, message, node.mark, suggestion: suggestion ?? "names are \(TextRule.dnsLabel.expectation)")
      return nil
    }
    use(Address(kind, name), at: path, node.mark)
    return .string(name)
  }
}

extension Quantity {
  /// The same number with the unit that was probably meant.
  func correction(of text: String) -> String? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let written = text.dropFirst(digits.count).drop { $0 == " " }.lowercased()
    guard !digits.isEmpty, digits.utf8.count <= 20, !written.isEmpty, written.utf8.count <= 20 else { return nil }
    let symbol =
      units.first { $0.symbol.lowercased() == written }?.symbol
      ?? units.first { Self.aliases[$0.symbol]?.contains(written) ?? false }?.symbol
    guard let symbol, parse(digits + symbol) != nil else { return nil }
    return digits + symbol
  }

  /// What people write in other places.
  private static let aliases: [String: [String]] = [
    "kB": ["k"], "MB": ["m", "mo"], "GB": ["g", "go"], "TB": ["t", "to"], "KiB": ["ki"], "MiB": ["mi"], "GiB": ["gi"],
    "TiB": ["ti"], "s": ["sec", "second", "seconds"], "m": ["min", "minute", "minutes"], "h": ["hour", "hours"],
    "d": ["day", "days"], "kbit/s": ["kbps", "kbit"], "Mbit/s": ["mbps", "mbit", "mb/s"], "Gbit/s": ["gbps", "gbit"],
  ]
}
