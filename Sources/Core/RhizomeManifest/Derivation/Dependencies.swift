internal import RhizomeModel

/// What must exist before a resource, from where it names others.
enum Dependencies {
  static func of(_ declaration: Declaration, _ catalog: Catalog) -> [Address] {
    switch declaration.address.kind {
    case .bucket: []  // Its keys matter to its grants only.
    case .service:
      Set(declaration.targets)
        .union(catalog.placement.machines(of: declaration.address.name).map { Address(.node, $0.name) })
        .union(referenced(by: declaration, catalog))
        .subtracting([declaration.address]).sorted()
    default: declaration.targets
    }
  }

  /// What the texts of a service refer to; with a key come its rights.
  private static func referenced(by declaration: Declaration, _ catalog: Catalog) -> Set<Address> {
    let references = declaration.templates.flatMap { $0.template.references }
    let targets = references.compactMap { try? ReferenceTable.match($0).get().target }
    let keys = Set(targets.filter { $0.kind == .accessKey }.map(\.name))
    let grants = keys.flatMap { catalog.grantsByKey[$0] ?? [] }.map(\.address)
    return Set(targets).union(grants)
  }
}

/// The rights of one key on one bucket, as a bucket declares them.
struct DeclaredGrant: Sendable {
  let bucket: String
  let key: String
  let permissions: [String]

  var address: Address { Address(.grant, "\(bucket).\(key)") }

  /// The rights on one bucket, sorted by key.
  static func all(of bucket: Declaration) -> [DeclaredGrant] {
    (bucket.spec["access"].map ?? [:]).map { key, access in
      DeclaredGrant(bucket: bucket.address.name, key: key, permissions: access["permissions"].texts ?? [])
    }
  }
}
