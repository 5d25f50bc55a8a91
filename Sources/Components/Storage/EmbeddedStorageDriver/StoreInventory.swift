internal import ObjectStore
internal import RhizomeDriver
internal import RhizomeModel

/// All that is in the store, at one look, with the ways to find what an address stands for.
struct StoreInventory: Sendable {
  let buckets: [Bucket]
  let keys: [AccessKey]
  let grants: [Grant]

  static func read(_ store: ObjectStore) async throws -> StoreInventory {
    // Grants first: what they refer to then exists in the lists read later, or is being deleted.
    let grants = try await store.grants()
    return StoreInventory(buckets: try await store.buckets(), keys: try await store.accessKeys(), grants: grants)
  }

  /// By our mark, then by the engine's identifier, then by name: the last may be somebody else's.
  func bucket(_ target: ObservationTarget) -> Bucket? {
    if let marked = bucket(marked: target.address) { return marked }
    if let id = target.prior?.engineID, let known = buckets.first(where: { $0.id == id }) { return known }
    let spec = target.desired?.attributes ?? target.prior?.attributes ?? .null
    let aliases = spec.aliases(of: target.address)
    return buckets.first { !aliases.isDisjoint(with: $0.settings.aliases) }
  }

  func bucket(marked address: Address) -> Bucket? { buckets.first { $0.mark.address == address } }

  func key(_ target: ObservationTarget) -> AccessKey? {
    if let marked = key(marked: target.address) { return marked }
    let ids = [target.prior?.engineID, target.desired?.attributes.keyID].compactMap { $0 }
    return ids.lazy.compactMap { id in keys.first { $0.id == id } }.first
  }

  func key(marked address: Address) -> AccessKey? { keys.first { $0.mark.address == address } }

  /// - Parameter others: what is looked at together with it. A grant that is to be taken over together with its bucket
  ///   and key is found by these, which carry no mark of ours yet.
  func grant(_ target: ObservationTarget, among others: [Address: ObservationTarget] = [:]) -> Grant? {
    if let marked = grants.first(where: { $0.mark.address == target.address }) { return marked }
    if let id = target.prior?.engineID, let known = grants.first(where: { $0.engineID == id }) { return known }
    let spec = target.desired?.attributes ?? target.prior?.attributes ?? .null
    guard let ends = ends(of: spec) ?? adoptedEnds(of: spec, target, others) else { return nil }
    return grants.first { $0.bucketID == ends.bucket.id && $0.keyID == ends.key.id }
  }

  private func adoptedEnds(
    of spec: Value,
    _ target: ObservationTarget,
    _ others: [Address: ObservationTarget]
  ) -> (bucket: Bucket, key: AccessKey)? {
    guard target.desired?.policies.adopts == true,
      let bucket = spec["bucket"].text.flatMap({ others[Address(.bucket, $0)] }).flatMap(bucket),
      let key = spec["accessKey"].text.flatMap({ others[Address(.accessKey, $0)] }).flatMap(key)
    else { return nil }
    return (bucket, key)
  }

  /// The bucket and the key that a grant names; nil while one of them is not ours yet.
  func ends(of spec: Value) -> (bucket: Bucket, key: AccessKey)? {
    guard let bucketName = spec["bucket"].text, let keyName = spec["accessKey"].text,
      let bucket = bucket(marked: Address(.bucket, bucketName)),
      let key = key(marked: Address(.accessKey, keyName))
    else { return nil }
    return (bucket, key)
  }
}

/// What the targets of one look stood for.
struct ClaimedObjects: Sendable {
  var buckets: Set<String> = []
  var keys: Set<String> = []
  var grants: Set<String> = []
}

extension StoreInventory {
  /// Everything that no target stood for, sorted.
  func foreign(except claimed: ClaimedObjects) -> [ForeignObject] {
    let buckets = buckets.filter { !claimed.buckets.contains($0.id) }.map { bucket in
      let count = bucket.objectCount == 1 ? "1 object" : "\(bucket.objectCount) objects"
      return object(address(of: bucket), bucket.id, bucket.mark, "a bucket with \(count)")
    }
    let keys = keys.filter { !claimed.keys.contains($0.id) }.map { key in
      object(address(of: key), key.id, key.mark, "an access key")
    }
    let grants = grants.filter { !claimed.grants.contains($0.engineID) }.map { grant in
      object(address(of: grant), grant.engineID, grant.mark, "a grant to \(grant.permissions.sentence)")
    }
    return (buckets + keys + grants).sorted()
  }

  private func object(_ address: Address, _ id: String, _ mark: String?, _ summary: String) -> ForeignObject {
    ForeignObject(address: address, engineID: id, mark: mark.ownership, summary: summary)
  }

  private func address(of bucket: Bucket) -> Address {
    bucket.mark.address ?? Address(.bucket, bucket.settings.aliases.first ?? bucket.id)
  }

  private func address(of key: AccessKey) -> Address { key.mark.address ?? Address(.accessKey, key.id) }

  private func address(of grant: Grant) -> Address {
    if let address = grant.mark.address { return address }
    let bucket = buckets.first { $0.id == grant.bucketID }.map { address(of: $0).name } ?? grant.bucketID
    let key = keys.first { $0.id == grant.keyID }.map { address(of: $0).name } ?? grant.keyID
    return Address(.grant, "\(bucket).\(key)")
  }
}

extension String? {
  /// The mark that this text is, if it is one of ours.
  var ownership: OwnershipMark? { flatMap { OwnershipMark($0) } }
  var address: Address? { ownership?.address }
}
