internal import ObjectStore
internal import RhizomeDriver
internal import RhizomeModel

/// What is in the store, at one look, with the ways to find what an address stands for.
struct StoreInventory: Sendable {
  let buckets: [Bucket]
  let keys: [AccessKey]
  let grants: [Grant]
  private let bucketsByMark: [Address: Bucket]
  private let bucketsByID: [String: Bucket]
  private let bucketsByAlias: [String: Bucket]
  private let keysByMark: [Address: AccessKey]
  private let keysByID: [String: AccessKey]
  private let grantsByMark: [Address: Grant]
  private let grantsByID: [String: Grant]

  /// Of several objects with the same mark, the first counts.
  init(buckets: [Bucket] = [], keys: [AccessKey] = [], grants: [Grant] = []) {
    (self.buckets, self.keys, self.grants) = (buckets, keys, grants)
    bucketsByMark = buckets.table(by: \.mark.address)
    bucketsByID = buckets.table(by: \.id)
    let named = buckets.flatMap { bucket in bucket.settings.aliases.map { ($0, bucket) } }
    bucketsByAlias = Dictionary(named, uniquingKeysWith: { first, _ in first })
    keysByMark = keys.table(by: \.mark.address)
    keysByID = keys.table(by: \.id)
    grantsByMark = grants.table(by: \.mark.address)
    grantsByID = grants.table(by: \.engineID)
  }

  static func read(_ store: ObjectStore) async throws -> StoreInventory {
    // Grants first: what they refer to then exists in the lists read later, or is being deleted.
    let grants = try await store.grants()
    return StoreInventory(buckets: try await store.buckets(), keys: try await store.accessKeys(), grants: grants)
  }

  /// Everything that one target may stand for: what the functions below find in it, they find in all of the store.
  static func read(_ store: ObjectStore, for target: ObservationTarget) async throws -> StoreInventory {
    let mark = ":\(target.address)"
    let known = Set([target.prior?.engineID].compactMap { $0 })
    switch target.address.kind {
    case .bucket:
      let aliases = target.spec.aliases(of: target.address)
      return StoreInventory(buckets: try await store.buckets(markHolding: mark, ids: known, aliases: aliases))
    case .accessKey:
      let ids = known.union([target.desired?.attributes.keyID].compactMap { $0 })
      return StoreInventory(keys: try await store.accessKeys(markHolding: mark, ids: ids))
    default: return try await read(store, forGrant: target, mark, known)
    }
  }

  private static func read(
    _ store: ObjectStore,
    forGrant target: ObservationTarget,
    _ mark: String,
    _ known: Set<String>
  ) async throws -> StoreInventory {
    let (bucket, key) = (target.spec["bucket"].text ?? "", target.spec["accessKey"].text ?? "")
    let buckets = try await store.buckets(markHolding: ":\(Address(.bucket, bucket))")
    let keys = try await store.accessKeys(markHolding: ":\(Address(.accessKey, key))")
    let ends = known.map { $0.split(separator: "/", maxSplits: 1).map(String.init) }.filter { $0.count == 2 }
    let grants = try await store.grants(
      markHolding: mark,
      bucketIDs: Set(buckets.map(\.id) + ends.map { $0[0] }),
      keyIDs: Set(keys.map(\.id) + ends.map { $0[1] })
    )
    return StoreInventory(buckets: buckets, keys: keys, grants: grants)
  }

  /// By our mark, then by the engine's identifier, then by name: the last may be somebody else's.
  func bucket(_ target: ObservationTarget) -> Bucket? {
    if let marked = bucket(marked: target.address) { return marked }
    if let id = target.prior?.engineID, let known = bucketsByID[id] { return known }
    return target.spec.aliases(of: target.address).compactMap { bucketsByAlias[$0] }.min { $0.id < $1.id }
  }

  func bucket(marked address: Address) -> Bucket? { bucketsByMark[address] }

  func key(_ target: ObservationTarget) -> AccessKey? {
    if let marked = key(marked: target.address) { return marked }
    let ids = [target.prior?.engineID, target.desired?.attributes.keyID].compactMap { $0 }
    return ids.lazy.compactMap { keysByID[$0] }.first
  }

  func key(marked address: Address) -> AccessKey? { keysByMark[address] }

  func key(id: String) -> AccessKey? { keysByID[id] }

  /// - Parameter others: what is looked at together with it. A grant that is to be taken over together with its bucket
  ///   and key is found by these, which carry no mark of ours yet.
  func grant(_ target: ObservationTarget, among others: [Address: ObservationTarget] = [:]) -> Grant? {
    if let marked = grantsByMark[target.address] { return marked }
    if let id = target.prior?.engineID, let known = grantsByID[id] { return known }
    let spec = target.spec
    guard let ends = ends(of: spec) ?? adoptedEnds(of: spec, target, others) else { return nil }
    return grantsByID["\(ends.bucket.id)/\(ends.key.id)"]
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
    let bucket = bucketsByID[grant.bucketID].map { address(of: $0).name } ?? grant.bucketID
    let key = keysByID[grant.keyID].map { address(of: $0).name } ?? grant.keyID
    return Address(.grant, "\(bucket).\(key)")
  }
}

extension ObservationTarget {
  /// As it shall be, or else as it was made last.
  var spec: Value { desired?.attributes ?? prior?.attributes ?? .null }
}

extension Array {
  /// The elements by a key; those without one are left out, and the first of a key counts.
  fileprivate func table<Key: Hashable>(by key: (Element) -> Key?) -> [Key: Element] {
    Dictionary(compactMap { element in key(element).map { ($0, element) } }, uniquingKeysWith: { first, _ in first })
  }
}

extension String? {
  /// The mark that this text is, if it is one of ours.
  var ownership: OwnershipMark? { flatMap { OwnershipMark($0) } }
  var address: Address? { ownership?.address }
}
