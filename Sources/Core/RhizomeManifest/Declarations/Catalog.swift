internal import RhizomeModel

/// All declarations of one revision.
struct Catalog: Sendable {
  private(set) var declarations: [Address: Declaration] = [:]
  /// Every declaration, in the order of the files.
  private(set) var ordered: [Declaration] = []
  /// Declarations whose address was taken already.
  private(set) var duplicates: [Declaration] = []
  /// By the rank of their kind.
  private var byKind: [[Declaration]] = Array(repeating: [], count: Kind.allCases.count)
  /// The rights that buckets declare, by the name of the key; only where a Service could ask for them.
  private(set) var grantsByKey: [String: [DeclaredGrant]] = [:]
  /// Which machines run which services.
  private(set) var placement = Placement(services: [], machines: [], gateways: [])
  /// What must exist before each resource; those that need nothing are left out.
  private(set) var dependencies: [Address: [Address]] = [:]
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
    declarations.reserveCapacity(all.count)
    for declaration in all { add(declaration) }
    if !self.all(.service).isEmpty {
      grantsByKey = Dictionary(grouping: self.all(.bucket).flatMap(DeclaredGrant.all(of:)), by: \.key)
    }
    placement = Placement(self)
    for declaration in ordered {
      let needed = Dependencies.of(declaration, self)
      if !needed.isEmpty { dependencies[declaration.address] = needed }
    }
  }

  private mutating func add(_ declaration: Declaration) {
    if let first = declarations.updateValue(declaration, forKey: declaration.address) {
      declarations[declaration.address] = first
      return duplicates.append(declaration)
    }
    ordered.append(declaration)
    byKind[declaration.address.kind.rank].append(declaration)
  }

  subscript(_ kind: Kind, _ name: String) -> Declaration? { declarations[Address(kind, name)] }

  /// Every declaration of a kind, in the order of the files.
  func all(_ kind: Kind) -> [Declaration] { byKind[kind.rank] }
}
