internal import RhizomeModel

/// Engines, aliases, web sites and keys.
extension Check {
  /// Settings that go with the chosen engines.
  @Sendable static func engines(_ catalog: Catalog, _ report: inout Report) {
    guard let cluster = catalog.all(.cluster).first, !cluster.hasErrors else { return }
    let storage = cluster.spec["storage"]
    if storage["engine"].text == "embedded", let copies = storage["replication"].integer, copies > 1 {
      let message = "the embedded storage engine keeps one copy, not \(copies)"
      let location = cluster.location(of: FieldPath(["storage", "replication"]))
      let help = "write replication: 1, or engine: garage"
      report.add(Diagnostic(.engineMismatch, message, at: location, suggestion: help))
    }
    if storage["engine"].text == "embedded" { embeddedBuckets(catalog, &report) }
    let directory = cluster.spec["directory"]
    guard directory["engine"].text == "ldap" else { return }
    for name in ["url", "bindDN", "bindPassword"] where directory[name].isNull {
      let message = "the directory engine 'ldap' needs '\(name)'"
      let location = cluster.location(of: FieldPath(["directory"]))
      report.add(Diagnostic(.engineMismatch, message, at: location, suggestion: "add 'directory.\(name)'"))
    }
  }

  /// What the embedded store cannot do for a bucket.
  private static func embeddedBuckets(_ catalog: Catalog, _ report: inout Report) {
    for bucket in catalog.all(.bucket) {
      for field in ["cors", "lifecycle"] where !(bucket.spec[field].list ?? []).isEmpty {
        let message = "the embedded storage engine does not support '\(field)' of a bucket"
        let help = "remove it, or write engine: garage below 'storage' of the Cluster"
        let location = bucket.location(of: FieldPath([field]))
        report.add(Diagnostic(.engineMismatch, message, at: location, suggestion: help))
      }
    }
  }

  /// Every alias leads to one bucket.
  @Sendable static func aliases(_ catalog: Catalog, _ report: inout Report) {
    var owners: [String: Declaration] = [:]
    for bucket in catalog.all(.bucket) {
      for alias in aliases(of: bucket, &report) {
        guard let owner = owners[alias] else {
          owners[alias] = bucket
          continue
        }
        let first = Diagnostic.Related(location: place(of: alias, owner), message: "claimed here first")
        let message = "the alias '\(alias)' is claimed by \(owner.address) already"
        let help = "an alias leads to one bucket; choose another"
        let location = place(of: alias, bucket)
        report.add(Diagnostic(.aliasClaimedTwice, message, at: location, suggestion: help, related: [first]))
      }
    }
  }

  private static func aliases(of bucket: Declaration, _ report: inout Report) -> [String] {
    if let aliases = bucket.spec["aliases"].texts { return aliases }
    let name = bucket.address.name
    if TextRule.bucketName.problem(with: name) != nil, !bucket.hasErrors {
      let message = "'\(name)' cannot be the name of a bucket on the S3 API, which has 3 to 63 characters"
      let help = "add 'aliases', or choose another name"
      report.add(Diagnostic(.badName, message, at: bucket.location, suggestion: help))
    }
    return [name]
  }

  private static func place(of alias: String, _ bucket: Declaration) -> SourceLocation {
    let items = bucket.specNode?["aliases"]?.value.items ?? []
    let item = items.first { $0.scalar?.text == alias }
    return item.map { SourceLocation(file: bucket.location.file, $0.mark) } ?? bucket.location
  }

  /// A web site that nobody can publish to.
  @Sendable static func writers(_ catalog: Catalog, _ report: inout Report) {
    for bucket in catalog.all(.bucket) where !bucket.spec["website"].isNull && !bucket.hasErrors {
      let rights = (bucket.spec["access"].map ?? [:]).values.flatMap { $0["permissions"].texts ?? [] }
      guard !rights.contains("write"), !rights.contains("owner") else { continue }
      let location = bucket.location(of: FieldPath(["website"]))
      let help = "add 'access: [{key: …, permissions: [read, write]}]'"
      let message = "no access key may write to this web site, so nobody can publish"
      report.add(Diagnostic(.noWriter, message, at: location, suggestion: help, severity: .warning))
    }
  }

  @Sendable static func expiry(_ catalog: Catalog, _ report: inout Report) {
    guard let now = catalog.now else { return }
    for key in catalog.all(.accessKey) {
      guard let expiry = key.spec["expiry"].text.flatMap({ Timestamp($0) }), expiry <= now else { continue }
      let location = key.location(of: FieldPath(["expiry"]))
      let message = "\(key.address) expired on \(expiry.description.prefix(10))"
      let help = "move 'expiry' to a later day, or remove the key"
      report.add(Diagnostic(.expired, message, at: location, suggestion: help, severity: .warning))
    }
  }
}
