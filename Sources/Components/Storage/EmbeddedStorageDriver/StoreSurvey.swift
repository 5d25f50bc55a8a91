package import RhizomeDriver
package import RhizomeModel
internal import ObjectStore

extension EmbeddedStorageDriver: SurveyingDriver {
  package func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey {
    do {
      return try await StoreInventory.read(store).survey(targets)
    } catch {
      throw DriverError(storage: error)
    }
  }
}

extension StoreInventory {
  /// Everything in the store; the secrets of keys are not read.
  func survey(_ targets: [ObservationTarget]) -> Survey {
    var managed: [String: Address] = [:]
    for target in targets {
      switch target.address.kind {
      case .bucket: bucket(target).map { managed["bucket \($0.id)"] = target.address }
      case .accessKey: key(target).map { managed["key \($0.id)"] = target.address }
      case .grant: grant(target).map { managed["grant \($0.engineID)"] = target.address }
      default: break
      }
    }
    let buckets = buckets.map { bucket in
      surveyed(
        .bucket,
        bucket.id,
        bucket.observed,
        managed["bucket \(bucket.id)"],
        bucket.settings.aliases + [bucket.id]
      )
    }
    let keys = keys.map { key in
      surveyed(.accessKey, key.id, key.surveyed, managed["key \(key.id)"], [key.settings.name, key.id])
    }
    let grants = grants.map { grant in
      let ends: Value = ["bucket": .string(grant.bucketID), "accessKey": .string(grant.keyID)]
      return surveyed(
        .grant,
        grant.engineID,
        grant.observed(ends),
        managed["grant \(grant.engineID)"],
        [grant.engineID]
      )
    }
    return Survey(objects: buckets + keys + grants)
  }

  private func surveyed(
    _ kind: Kind,
    _ key: String,
    _ seen: ObservedResource,
    _ managed: Address?,
    _ names: [String]
  ) -> SurveyedObject {
    let attributes = Value.map((seen.attributes.map ?? [:]).filter { !$0.value.isNull })
    return SurveyedObject(kind, key: key, managed: managed, names: names, attributes: attributes, mark: seen.mark)
  }
}

extension AccessKey {
  /// What can be declared of it beside its id.
  fileprivate var surveyed: ObservedResource {
    var seen = observed(secretFingerprint: "")
    seen.attributes["id"] = .null
    seen.attributes["secret"] = .null
    return seen
  }
}
