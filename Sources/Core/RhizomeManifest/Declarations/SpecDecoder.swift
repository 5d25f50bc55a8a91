internal import RhizomeModel

/// Decodes a located tree by a kind's table: into a `Value` in normal form, the places where other resources are named,
/// and everything that is wrong.
struct SpecDecoder {
  let file: String
  var report: Report
  private(set) var uses: [ReferenceUse] = []
  private(set) var templates: [TemplateUse] = []
  /// True while inside fields whose text may be a secret.
  var isConfidential = false
  private(set) var errorCount = 0

  init(file: String, report: Report) {
    self.file = file
    self.report = report
  }

  /// The value of a node by its type; nil when it is wrong, which is then reported.
  ///
  /// - Parameter keys: the form of the names, when the type is a map.
  mutating func decode(_ node: Node, as type: FieldType, keys: TextRule = .any, at path: FieldPath) -> Value? {
    if node.isNull { return refuseEmpty(node, type, path) }
    switch type {
    case .object(let schema): return object(node, schema, at: path)
    case .list(let element): return items(node, type, at: path).map { list($0, of: element, at: path) }
    case .set(let element): return items(node, type, at: path).map { set($0, of: element, at: path) }
    case .keyed(let key, let schema): return items(node, type, at: path).map { keyed($0, by: key, schema, at: path) }
    case .map(let element): return map(node, of: element, keys: keys, at: path)
    default: return scalar(node, as: type, at: path)
    }
  }

  private mutating func refuseEmpty(_ node: Node, _ type: FieldType, _ path: FieldPath) -> Value? {
    var suggestion = "write a value, or remove the field"
    if case .object(let schema) = type, !schema.fields.contains(where: \.isRequired), schema.exactlyOneOf.isEmpty {
      suggestion = "write {} to take all defaults, or remove the field"
    }
    report(.wrongType, "\(SpecDecoder.name(path)) is empty", node.mark, suggestion: suggestion)
    return nil
  }

  /// What a path is called in messages.
  static func name(_ path: FieldPath) -> String { path.steps.isEmpty ? "spec" : "'\(path)'" }

  mutating func report(
    _ code: DiagnosticCode,
    _ message: String,
    _ mark: Mark,
    suggestion: String? = nil,
    related: [Diagnostic.Related] = [],
    needle: String? = nil
  ) {
    errorCount += 1
    let location = SourceLocation(file: file, mark)
    let diagnostic = Diagnostic(code, message, at: location, suggestion: suggestion, related: related)
    report.add(diagnostic, isConfidential: isConfidential, needle: needle)
  }

  mutating func use(_ target: Address, at path: FieldPath, _ mark: Mark) {
    uses.append(ReferenceUse(target: target, path: path, location: .init(file: file, mark)))
  }

  mutating func use(_ template: Template, at path: FieldPath, _ mark: Mark) {
    templates.append(TemplateUse(template: template, path: path, location: .init(file: file, mark)))
  }
}
