internal import RhizomeModel

/// One document of a manifest, decoded by its kind's table, with what is needed to point into it.
///
/// A class, because thousands of them are passed from check to check: each hand-over would copy every field.
final class Declaration: Sendable {
  let address: Address
  /// Where the name stands.
  let location: SourceLocation
  let labels: [String: String]
  let annotations: [String: Annotation]
  /// In normal form: defaults filled in, units in base units, sets sorted, keyed lists as maps.
  let spec: Value
  let specNode: Node?
  /// Where other resources are named.
  let uses: [ReferenceUse]
  /// Which other resources these are, sorted, each once.
  let targets: [Address]
  /// Texts with `${…}` references.
  let templates: [TemplateUse]
  /// Something in it was wrong, so what is missing from `spec` may have been meant.
  let hasErrors: Bool

  init(
    address: Address,
    location: SourceLocation,
    labels: [String: String],
    annotations: [String: Annotation],
    spec: Value,
    specNode: Node?,
    uses: [ReferenceUse],
    templates: [TemplateUse],
    hasErrors: Bool
  ) {
    self.address = address
    self.location = location
    self.labels = labels
    self.annotations = annotations
    self.spec = spec
    self.specNode = specNode
    self.uses = uses
    self.targets = uses.isEmpty ? [] : Set(uses.map(\.target)).subtracting([address]).sorted()
    self.templates = templates
    self.hasErrors = hasErrors
  }

  struct Annotation: Sendable {
    let value: String
    let location: SourceLocation
  }
}

/// A place where a resource is named.
struct ReferenceUse: Sendable {
  let target: Address
  let path: FieldPath
  let location: SourceLocation
}

/// A text with references.
struct TemplateUse: Sendable {
  let template: Template
  let path: FieldPath
  let location: SourceLocation
}

extension Declaration {
  /// Where the value at `path` is written; the nearest place around it where it is not.
  func location(of path: FieldPath) -> SourceLocation {
    guard let specNode else { return location }
    var node = specNode
    var mark: Mark?
    for step in path.steps {
      guard let next = Declaration.step(step, in: node) else { break }
      (node, mark) = (next, next.mark)
    }
    return mark.map { SourceLocation(file: location.file, $0) } ?? location
  }

  /// The member of a map, or the item of a keyed list that holds the step's text.
  private static func step(_ step: String, in node: Node) -> Node? {
    if let items = node.items {
      return items.first { item in item.pairs?.contains { $0.value.scalar?.text == step } ?? false }
    }
    return node[step]?.value
  }
}
