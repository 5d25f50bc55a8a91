internal import RhizomeModel

/// One document of a manifest, decoded by its kind's table, with what is needed to point into it.
struct Declaration: Sendable {
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
  /// Texts with `${…}` references.
  let templates: [TemplateUse]
  /// Something in it was wrong, so what is missing from `spec` may have been meant.
  let hasErrors: Bool

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

/// All declarations of one revision.
struct Catalog: Sendable {
  private(set) var declarations: [Address: Declaration] = [:]
  /// In the order of the files.
  private(set) var order: [Address] = []
  /// Declarations whose address was taken already.
  private(set) var duplicates: [Declaration] = []
  /// Names by kind, sorted, for suggestions.
  private(set) var names: [Kind: [String]] = [:]
  /// The rights that all buckets declare, in the order of the files.
  private(set) var grants: [DeclaredGrant] = []
  /// The same, by the name of the key.
  private(set) var grantsByKey: [String: [DeclaredGrant]] = [:]
  /// Which machines run which services.
  private(set) var placement = Placement(services: [], machines: [], gateways: [])
  /// False when a document could not be read, so that what seems to be missing may be in it.
  let isComplete: Bool
  /// When the checks are made; nil when nobody said.
  let now: Timestamp?
  /// Where complaints about the whole folder belong.
  let start: SourceLocation

  init(_ all: [Declaration], isComplete: Bool, now: Timestamp?, start: SourceLocation) {
    self.isComplete = isComplete
    self.now = now
    self.start = start
    for declaration in all {
      if declarations.updateValue(declaration, forKeyIfAbsent: declaration.address) {
        order.append(declaration.address)
      } else {
        duplicates.append(declaration)
      }
    }
    names = Dictionary(grouping: order, by: \.kind).mapValues { $0.map(\.name).sorted() }
    grants = self.all(.bucket).flatMap(DeclaredGrant.all(of:))
    grantsByKey = Dictionary(grouping: grants, by: \.key)
    placement = Placement(self)
  }

  subscript(_ kind: Kind, _ name: String) -> Declaration? { declarations[Address(kind, name)] }

  /// Every declaration of a kind, in the order of the files.
  func all(_ kind: Kind) -> [Declaration] { order.filter { $0.kind == kind }.compactMap { declarations[$0] } }

  /// Every declaration, in the order of the files.
  var ordered: [Declaration] { order.compactMap { declarations[$0] } }
}

extension Dictionary {
  /// Stores the value unless the key is taken; tells whether it was stored.
  fileprivate mutating func updateValue(_ value: Value, forKeyIfAbsent key: Key) -> Bool {
    guard self[key] == nil else { return false }
    self[key] = value
    return true
  }
}
