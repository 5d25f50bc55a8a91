internal import ObjectStore
internal import RhizomeDriver
internal import RhizomeModel

/// Each operation looks first, by mark and identifier, and then makes one change in one transaction: so it can be
/// repeated after a lost answer, and finds what an earlier try has done.
extension EmbeddedStorageDriver {
  func performOnBucket(_ operation: Operation) async throws -> Outcome {
    let inventory = try await StoreInventory.read(store, for: operation.target)
    let found = inventory.bucket(operation.target)
    let mark = operation.mark.description
    if operation.verb == .delete {
      guard let found else { return Outcome() }
      try requireOurs(found.mark, mark, "Bucket \(found.id)")
      try await store.deleteBucket(id: found.id)
      return Outcome()
    }
    if operation.verb == .adopt {
      guard let found else { throw missing(operation) }
      if found.mark != nil { try requireOurs(found.mark, mark, "Bucket \(found.id)") }
      if found.mark == nil { try await store.markBucket(id: found.id, mark) }
      return outcome(found)
    }
    let spec = try operation.spec
    try requireSupported(spec)
    let settings = spec.bucketSettings(of: operation.address)
    guard let found else { return outcome(try await store.createBucket(settings, mark: mark)) }
    try requireOurs(found.mark, mark, "A bucket named \(found.settings.aliases.joined(separator: ", "))")
    return outcome(try await store.updateBucket(id: found.id, settings, mark: mark))
  }

  private func outcome(_ bucket: Bucket) -> Outcome {
    let facts: [String: Value] = ["objects": .integer(bucket.objectCount), "bytes": .integer(bucket.byteCount)]
    return Outcome(engineID: bucket.id, facts: facts)
  }

  func performOnKey(_ operation: Operation) async throws -> Outcome {
    let inventory = try await StoreInventory.read(store, for: operation.target)
    let found = inventory.key(operation.target)
    let mark = operation.mark.description
    switch operation.verb {
    case .delete:
      guard let found else { return Outcome() }
      try requireOurs(found.mark, mark, "Access key \(found.id)")
      try await store.deleteKey(id: found.id)
      return Outcome()
    case .adopt:
      guard let found else { throw missing(operation) }
      if found.mark != nil { try requireOurs(found.mark, mark, "Access key \(found.id)") }
      if found.mark == nil { try await store.markKey(id: found.id, mark) }
      return Outcome(engineID: found.id)
    case .create, .update:
      let spec = try operation.spec
      guard let id = spec.keyID, let secret = try await secret(of: spec, id, found) else {
        throw DriverError(.invalid, Self.secretIsMissing(operation.address))
      }
      // The key of this identifier may be another than the one that carries our mark: when a new one was generated.
      if let same = inventory.key(id: id) {
        try requireOurs(same.mark, mark, "Access key \(id)")
      }
      if let found { try requireOurs(found.mark, mark, "Access key \(found.id)") }
      let replaced = found.flatMap { $0.id == id ? nil : $0.id }
      try await store.importKey(id: id, secret: secret, spec.accessKeySettings, mark: mark, replacing: replaced)
      return Outcome(engineID: id)
    }
  }

  /// The one that is declared, or else the one that the key has.
  private func secret(of spec: Value, _ id: String, _ found: AccessKey?) async throws -> String? {
    if let declared = spec["secret"].text { return declared }
    return found?.id == id ? try await store.secret(ofKey: id) : nil
  }

  private static func secretIsMissing(_ address: Address) -> String {
    "\(address) cannot be made: its secret was known to the engine only, and is not there. Seal the secret into a Secret and "
      + "name it in 'imported.secret', or remove 'imported' to get a new key."
  }

  func performOnGrant(_ operation: Operation) async throws -> Outcome {
    let inventory = try await StoreInventory.read(store, for: operation.target)
    let found = inventory.grant(operation.target)
    let mark = operation.mark.description
    if operation.verb == .delete {
      guard let found else { return Outcome() }
      try requireOurs(found.mark, mark, "The grant of key \(found.keyID)")
      try await store.removeGrant(bucketID: found.bucketID, keyID: found.keyID)
      return Outcome()
    }
    if let found, found.mark != nil || operation.verb != .adopt {
      try requireOurs(found.mark, mark, "A grant of key \(found.keyID) on this bucket")
    }
    if operation.verb == .adopt {
      guard let found else { throw missing(operation) }
      if found.mark == nil { try await store.markGrant(bucketID: found.bucketID, keyID: found.keyID, mark) }
      return Outcome(engineID: found.engineID)
    }
    guard let ends = inventory.ends(of: try operation.spec) else {
      throw DriverError(.unavailable, "The bucket or the access key of \(operation.address) does not exist yet.")
    }
    let grant = (bucketID: ends.bucket.id, keyID: ends.key.id)
    try await store.setGrant(
      bucketID: grant.bucketID,
      keyID: grant.keyID,
      try operation.spec.permissions,
      mark: mark
    )
    return Outcome(engineID: "\(grant.bucketID)/\(grant.keyID)")
  }

  private func requireOurs(_ found: String?, _ mark: String, _ what: String) throws(DriverError) {
    if found != mark { throw .foreign(what, mark: found) }
  }

  private func missing(_ operation: Operation) -> DriverError {
    DriverError(.conflict, "\(operation.address) was to be adopted, but it is not there any more.")
  }

  private func requireSupported(_ spec: Value) throws(DriverError) {
    for field in ["cors", "lifecycle"] where !(spec[field].list ?? []).isEmpty {
      let advice = "Remove it, or use the engine 'garage'."
      throw DriverError(.invalid, "The embedded store does not support '\(field)' of a bucket. \(advice)")
    }
  }
}

extension Operation {
  var target: ObservationTarget { ObservationTarget(address: address, desired: desired, prior: prior) }

  /// What shall be.
  var spec: Value {
    get throws(DriverError) {
      guard let desired else { throw DriverError(.invalid, "\(address): nothing was said about how it shall be.") }
      return desired.attributes
    }
  }
}
