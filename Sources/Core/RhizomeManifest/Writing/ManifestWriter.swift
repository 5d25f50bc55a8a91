package import RhizomeModel

/// A declaration to be written: what reading its text gives again.
package struct WrittenDeclaration: Sendable, Hashable, Codable {
  package let address: Address
  package var annotations: [String: String]
  /// In the normal form of the kind's table; without sensitive values.
  package var spec: Value

  package init(_ address: Address, annotations: [String: String] = [:], spec: Value) {
    (self.address, self.annotations, self.spec) = (address, annotations, spec)
  }
}

/// The way back: from declarations to YAML as a person would write it, by the same tables that read it. What is as the
/// default has it is left out, units are used, fields come in the order of the reference page. Equal input gives equal
/// text.
package enum ManifestWriter {
  /// As far as a map or list stays on one line.
  private static let width = 100

  /// All declarations, one document each.
  package static func text(_ declarations: [WrittenDeclaration]) -> String {
    declarations.map { lines(of: $0).joined(separator: "\n") + "\n" }.joined(separator: "---\n")
  }

  private static func lines(of declaration: WrittenDeclaration) -> [String] {
    let schema = Schema.spec(of: declaration.address.kind)
    let spec = members(of: schema, declaration.spec)
    return ["apiVersion: \(Schema.apiVersion)", "kind: \(declaration.address.kind.rawValue)"]
      + metadata(of: declaration)
      + entry("spec", .map(spec), margin: 0)
  }

  private static func metadata(of declaration: WrittenDeclaration) -> [String] {
    let name = ("name", Shape.scalar(declaration.address.name))
    let notes = declaration.annotations.sorted { $0.key < $1.key }.map { ($0.key, Shape.scalar($0.value)) }
    guard !notes.isEmpty else { return entry("metadata", .map([name]), margin: 0) }
    return ["metadata:"] + entry("name", name.1, margin: 2) + entry("annotations", .map(notes), margin: 2)
  }

  // MARK: From values to shapes

  /// How a value is laid out, before it is known how much of it fits on a line.
  private indirect enum Shape {
    /// Text.
    case scalar(String)
    /// Anything that is written as it is.
    case bare(String)
    case list([Shape])
    case map([(String, Shape)])
  }

  /// The fields that have to be written, in the order of the table.
  private static func members(of schema: ObjectSchema, _ value: Value, first key: (String, String)? = nil)
    -> [(String, Shape)]
  {
    let known = schema.fields.compactMap { field -> (String, Shape)? in
      if let key, key.0 == field.name { return (key.0, .scalar(key.1)) }
      let member = value[field.name]
      guard !member.isNull, field.isRequired || member != SpecDecoder.defaultValue(of: field) else { return nil }
      return shape(of: field.type, member).map { (field.name, $0) }
    }
    return known
  }

  /// Nil for what must not be written, such as a secret.
  private static func shape(of type: FieldType, _ value: Value) -> Shape? {
    switch (type, value) {
    case (_, .null), (_, .sensitive): nil
    case (.object(let schema), _): .map(members(of: schema, value))
    case (.list(let element), .list(let items)), (.set(let element), .list(let items)):
      .list(items.compactMap { shape(of: element, $0) })
    case (.keyed(let key, let schema), .map(let items)):
      .list(items.sorted { $0.key < $1.key }.map { .map(members(of: schema, $0.value, first: (key, $0.key))) })
    case (.map(let element), .map(let items)):
      .map(items.sorted { $0.key < $1.key }.compactMap { name, item in shape(of: element, item).map { (name, $0) } })
    case (.quantity(let quantity, _), .integer(let amount)): .bare(quantity.format(amount))
    case (.text(.template), .string(let text)): .scalar(text.replacing("${", with: "$${"))
    case (_, .template(let template)): .scalar(template.source)
    case (_, .string(let text)): .scalar(text)
    case (_, .integer(let number)): .bare(String(number))
    case (_, .boolean(let flag)): .bare(flag ? "true" : "false")
    case (_, .list), (_, .map): nil
    }
  }

  // MARK: From shapes to lines

  private static func entry(_ name: String, _ shape: Shape, margin: Int) -> [String] {
    let head = String(repeating: " ", count: margin) + YAMLScalar.inline(name) + ":"
    if case .scalar(let text) = shape, let block = YAMLScalar.block(text) {
      return ["\(head) \(block.head)"] + indented(block.lines, by: margin + 2)
    }
    // The spec itself is laid out, so that it reads as the reference page has it.
    if let line = flow(shape), name != "spec" || line == "{}", head.count + 1 + line.count <= width || isScalar(shape) {
      return ["\(head) \(line)"]
    }
    return [head] + block(shape, margin: margin + 2)
  }

  private static func block(_ shape: Shape, margin: Int) -> [String] {
    switch shape {
    case .map(let members): members.flatMap { entry($0.0, $0.1, margin: margin) }
    case .list(let items): items.flatMap { item($0, margin: margin) }
    case .scalar, .bare: [String(repeating: " ", count: margin) + (flow(shape) ?? "")]
    }
  }

  /// A list's element: its first line stands behind the dash.
  private static func item(_ shape: Shape, margin: Int) -> [String] {
    let head = String(repeating: " ", count: margin) + "- "
    if case .scalar(let text) = shape, let block = YAMLScalar.block(text) {
      return [head + block.head] + indented(block.lines, by: margin + 2)
    }
    if let line = flow(shape), head.count + line.count <= width || isScalar(shape) { return [head + line] }
    let lines = block(shape, margin: margin + 2)
    return [head + (lines.first?.dropFirst(margin + 2) ?? "")] + lines.dropFirst()
  }

  private static func indented(_ lines: [String], by count: Int) -> [String] {
    let margin = String(repeating: " ", count: count)
    return lines.map { $0.isEmpty ? "" : margin + $0 }
  }

  private static func isScalar(_ shape: Shape) -> Bool {
    switch shape {
    case .scalar, .bare: true
    case .list(let items): items.isEmpty
    case .map(let members): members.isEmpty
    }
  }

  /// All on one line; nil where a text of several lines is easier to read as a block.
  private static func flow(_ shape: Shape) -> String? {
    switch shape {
    case .bare(let text): return text
    case .scalar(let text): return YAMLScalar.inline(text)
    case .list(let items):
      let parts = items.compactMap(inner)
      return parts.count == items.count ? "[\(parts.joined(separator: ", "))]" : nil
    case .map(let members):
      let parts = members.compactMap { name, member in inner(member).map { "\(YAMLScalar.inline(name)): \($0)" } }
      return parts.count == members.count ? "{\(parts.joined(separator: ", "))}" : nil
    }
  }

  private static func inner(_ shape: Shape) -> String? {
    if case .scalar(let text) = shape, YAMLScalar.block(text) != nil { return nil }
    return flow(shape)
  }
}
