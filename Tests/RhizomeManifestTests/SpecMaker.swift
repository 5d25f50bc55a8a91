import RhizomeModel

@testable import RhizomeManifest

/// Makes random specs in normal form, by the tables.
struct SpecMaker {
  private var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func spec(of kind: Kind) -> Value { object(Schema.spec(of: kind), depth: 0) }

  mutating func label() -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    return String((0..<Int.random(in: 3...20, using: &generator)).map { _ in pick(letters) })
  }

  private mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: items.indices, using: &generator)] }

  private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }

  private mutating func object(_ schema: ObjectSchema, depth: Int, without key: String? = nil) -> Value {
    let choice = schema.exactlyOneOf.isEmpty ? schema.atMostOneOf : schema.exactlyOneOf
    let chosen = choice.isEmpty ? nil : pick(choice)
    var members: [String: Value] = [:]
    for field in schema.fields where field.name != key {
      let isExcluded = choice.contains(field.name) && field.name != chosen
      let isForced = field.isRequired || (field.name == chosen && !schema.exactlyOneOf.isEmpty)
      if !isExcluded, isForced || chance(0.5) {
        let made = value(of: field, depth: depth)
        let isEmpty = made.list?.isEmpty ?? isEmptyMap(made, field.type)
        members[field.name] = isEmpty && !field.isRequired ? nil : made
      } else {
        members[field.name] = SpecDecoder.defaultValue(of: field)
      }
      if members[field.name] == nil { members[field.name] = SpecDecoder.defaultValue(of: field) }
    }
    return .map(members)
  }

  private func isEmptyMap(_ value: Value, _ type: FieldType) -> Bool {
    switch type {
    case .keyed, .map: value.map?.isEmpty ?? false
    default: false
    }
  }

  private mutating func value(of field: FieldSchema, depth: Int) -> Value {
    let least = field.needsItems ? 1 : 0
    return value(of: field.type, keys: field.keys, least: least, depth: depth + 1)
  }

  private mutating func value(of type: FieldType, keys: TextRule = .any, least: Int = 0, depth: Int) -> Value {
    let count = Int.random(in: least...3, using: &generator)
    switch type {
    case .text(let rule): return rule == .template ? template() : .string(rule.normalized(text(rule)))
    case .boolean: return .boolean(chance(0.5))
    case .integer(let range): return .integer(chance(0.1) ? range.upperBound : .random(in: range, using: &generator))
    case .quantity(let quantity, let range): return .integer(amount(quantity, range))
    case .enumeration(let choices): return .string(pick(choices.map(\.word)))
    case .reference: return .string(label())
    case .list(let element): return .list((0..<count).map { _ in value(of: element, depth: depth) })
    case .set(let element):
      return .strings(Set((0..<count).compactMap { _ in value(of: element, depth: depth).text }).sorted())
    case .keyed(let key, let schema):
      let keyType = schema[key]?.type ?? .text(.dnsLabel)
      let names = (0..<count).compactMap { _ in value(of: keyType, depth: depth).text }
      let items = names.map { ($0, object(schema, depth: depth, without: key)) }
      return .map(Dictionary(items, uniquingKeysWith: { $1 }))
    case .map(let element):
      let items = (0..<count).map { _ in (text(keys), value(of: element, depth: depth)) }
      return .map(Dictionary(items, uniquingKeysWith: { $1 }))
    case .object(let schema): return object(schema, depth: depth)
    }
  }

  private mutating func amount(_ quantity: Quantity, _ range: ClosedRange<Int64>) -> Int64 {
    let unit = pick(quantity.units)
    let number = Int64.random(in: 1...500, using: &generator) * unit.factor
    return range.contains(number) ? number : range.lowerBound
  }

  /// Text with or without references; `$${` is a literal.
  private mutating func template() -> Value {
    if chance(0.3), let template = try? Template(parsing: "\(label()) ${bucket.media.endpoint}\n$${x}") {
      return .template(template)
    }
    return .string(anyText() + (chance(0.3) ? "${" + label() : ""))
  }

  /// Anything that may stand in a text, with what YAML readers stumble over.
  mutating func anyText() -> String {
    let pieces = [
      "a", "B", " ", "  ", "\n", "\t", ":", ": ", "#", " #", "-", "- ", "'", "\"", "\\", "{", "}", "[", "]", ",", "&",
      "*",
      "!", "|", ">", "%", "@", "`", "?", "~", "true", "null", "no", "0", "1", "0x1F", "1e3", ".", "é", "日本", "👩‍👧",
      "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}", "\u{202E}", "\u{7F}", "\u{1}", "\r", "$", "---", "...", "<<", "=",
    ]
    let text = (0..<Int.random(in: 0...8, using: &generator)).map { _ in pick(pieces) }.joined()
    return text.contains("${") ? "$" : text
  }

  private mutating func hexadecimal(_ count: Int) -> String {
    String((0..<count).map { _ in pick(Array("0123456789abcdef")) })
  }

  /// A text of a rule's form.
  private mutating func text(_ rule: TextRule) -> String {
    switch rule {
    case .any, .template: return anyText()
    case .dnsLabel, .bucketName, .domain, .host: return label()
    case .distinguishedName: return "ou=\(label()),dc=\(label())"
    case .attributeName: return "x\(label())"
    case .headerName: return "X-\(label())"
    case .mail: return "\(label())@\(label()).example"
    case .path: return "/\(label())/a b: c#\(label())"
    case .relativePath: return pick(["\(label())/x", "- \(label())", "[\(label())]: 'x'"])
    case .url: return "https://\(label()).example/#?a=[b]"
    case .routerURL: return pick(["http://192.168.1.1:5000/rootDesc.xml", "http://[fe80::1%eth0]:80/#x"])
    case .timestamp: return pick(["2027-01-31", "2027-01-31T12:00:00Z"])
    case .variableName: return "X_\(label())"
    case .passwordHash: return "{SSHA}\(label())=="
    case .sshPublicKey: return "ssh-ed25519 AAAA\(label()) \(pick(["a@b", "# x: y", ""]))"
    case .sealed: return "-----BEGIN CMS-----\n\(label())\n-----END CMS-----\n"
    case .timeOfDay: return "07:00"
    case .timeRange: return "22:00-06:00"
    case .fileMode: return pick(["0600", "644"])
    case .accessKeyID: return "GK\(hexadecimal(24))"
    case .accessRule: return pick(["*::read:*:*", "ANONYMOUS::bind:*,ou=\(label()):"])
    case .nodeKey: return "ed25519:\(String(repeating: "A", count: 43))="
    case .hostPort: return pick(["\(label()).example:3478", "[::1]:53", label()])
    case .copyCount: return pick(["3", "maximum"])
    }
  }

  // MARK: Which fields a spec has

  static func names(_ path: String, _ schema: ObjectSchema, _ all: inout Set<String>) {
    for field in schema.fields {
      all.insert("\(path).\(field.name)")
      if let inner = inner(field.type) { names("\(path).\(field.name)", inner, &all) }
    }
  }

  static func collect(_ value: Value, _ path: String, _ schema: ObjectSchema, _ seen: inout Set<String>) {
    for field in schema.fields {
      let member = value[field.name]
      if !member.isNull { seen.insert("\(path).\(field.name)") }
      guard let inner = inner(field.type) else { continue }
      let values: [Value]
      switch field.type {
      case .keyed(let key, _):
        values = member.map.map { Array($0.values) } ?? []
        if !values.isEmpty { seen.insert("\(path).\(field.name).\(key)") }
      case .list: values = member.list ?? []
      default: values = [member]
      }
      for value in values { collect(value, "\(path).\(field.name)", inner, &seen) }
    }
  }

  private static func inner(_ type: FieldType) -> ObjectSchema? {
    switch type {
    case .object(let schema), .keyed(_, let schema): schema
    case .list(let element): inner(element)
    default: nil
    }
  }
}
