package import ObjectStore
package import RhizomeDriver
package import RhizomeModel

/// Makes buckets, access keys and grants real in the embedded object store, through its administration API.
///
/// The engine keeps our mark in the same row and the same transaction as the object, so that what a crash left
/// unrecorded is found again by its mark. Objects without our mark are shown, and never changed unless adopted.
package struct EmbeddedStorageDriver: LookupDriver {
  package let name = "embedded-storage"
  package let capabilities = Capabilities(kinds: [.bucket, .accessKey, .grant], maxConcurrency: 8, marksObjects: true)

  let store: ObjectStore
  /// The digest by which secrets are compared; the cluster's.
  let fingerprint: @Sendable (String) -> String

  /// - Parameter fingerprint: the cluster's keyed digest of a secret (`MasterKey.fingerprint`).
  package init(store: ObjectStore, fingerprint: @escaping @Sendable (String) -> String) {
    (self.store, self.fingerprint) = (store, fingerprint)
  }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    do {
      let inventory = try await StoreInventory.read(store)
      return report(targets, inventory, try await secrets(targets, inventory))
    } catch {
      return .unknown(targets, reason: "the embedded store could not be read: \(error)")
    }
  }

  package func lookUp(_ target: ObservationTarget) async -> Observation {
    do {
      let inventory = try await StoreInventory.read(store, for: target)
      var claimed = ClaimedObjects()
      return observe(target, inventory, [:], try await secrets([target], inventory), &claimed)
    } catch {
      return .unknown(reason: "the embedded store could not be read: \(error)")
    }
  }

  /// The secrets of the keys that are looked at, by the identifier of the key.
  private func secrets(_ targets: [ObservationTarget], _ inventory: StoreInventory) async throws -> Secrets {
    let keys = targets.filter { $0.address.kind == .accessKey }.compactMap { inventory.key($0)?.id }
    return try await store.secrets(ofKeys: Set(keys))
  }

  private typealias Secrets = [String: Result<String, any Error>]

  private func report(
    _ targets: [ObservationTarget],
    _ inventory: StoreInventory,
    _ secrets: Secrets
  ) -> ObservationReport {
    var report = ObservationReport()
    var claimed = ClaimedObjects()
    let others = Dictionary(targets.map { ($0.address, $0) }, uniquingKeysWith: { $1 })
    for target in targets {
      report.observations[target.address] = observe(target, inventory, others, secrets, &claimed)
    }
    report.foreign = inventory.foreign(except: claimed)
    return report
  }

  private func observe(
    _ target: ObservationTarget,
    _ inventory: StoreInventory,
    _ others: [Address: ObservationTarget],
    _ secrets: Secrets,
    _ claimed: inout ClaimedObjects
  ) -> Observation {
    switch target.address.kind {
    case .bucket:
      guard let bucket = inventory.bucket(target) else { return .absent }
      claimed.buckets.insert(bucket.id)
      return .present(bucket.observed)
    case .accessKey:
      guard let key = inventory.key(target) else { return .absent }
      claimed.keys.insert(key.id)
      return observe(key, secrets[key.id])
    case .grant:
      guard let grant = inventory.grant(target, among: others) else { return .absent }
      claimed.grants.insert(grant.engineID)
      return .present(grant.observed(target.spec))
    default: return .unknown(reason: "the embedded store keeps no \(target.address.kind.rawValue)")
    }
  }

  /// - Parameter secret: nil for a key that went away meanwhile.
  private func observe(_ key: AccessKey, _ secret: Result<String, any Error>?) -> Observation {
    switch secret {
    case nil: .absent
    case .success(let secret): .present(key.observed(secretFingerprint: fingerprint(secret)))
    case .failure(let error): .unknown(reason: "the secret of key \(key.id) could not be read: \(error)")
    }
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    do {
      switch operation.address.kind {
      case .bucket: return try await performOnBucket(operation)
      case .accessKey: return try await performOnKey(operation)
      case .grant: return try await performOnGrant(operation)
      default: throw DriverError(.invalid, "The embedded store keeps no \(operation.address.kind.rawValue).")
      }
    } catch {
      throw DriverError(storage: error)
    }
  }
}

extension DriverError {
  /// A failure of the store, in the seam's words.
  init(storage error: any Error) {
    switch error {
    case let error as DriverError: self = error
    case let error as StoreError: self.init(Self.code(of: error), error.message)
    case is CancellationError: self.init(.unavailable, "The work was cancelled.")
    default: self.init(.internalFailure, "The embedded store failed: \(error).")
    }
  }

  private static func code(of error: StoreError) -> Code {
    switch error.code {
    case .conflict: .conflict
    case .notEmpty: .refused
    case .invalid: .invalid
    case .notFound, .unavailable: .unavailable
    case .damaged, .wrongKey: .internalFailure
    }
  }

  /// The object exists, and is not the one the operation is for.
  static func foreign(_ what: String, mark: String?) -> DriverError {
    let holder = mark.map { "it is marked '\($0)'" } ?? "it is not marked as ours"
    return DriverError(.conflict, "\(what) exists already, and \(holder). Adopt it, or choose another name.")
  }
}
