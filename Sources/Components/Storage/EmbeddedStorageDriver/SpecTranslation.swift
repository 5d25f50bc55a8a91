internal import ObjectStore
internal import RhizomeModel
internal import S3Protocol

/// From the manifest's words to the store's, and back.
extension Value {
  /// The names of a bucket: its own when none are written.
  func aliases(of address: Address) -> Set<String> { Set(self["aliases"].texts ?? [address.name]) }

  /// The identifier of an access key: derived by whoever resolved the resource, or imported.
  var keyID: String? { self["id"].text ?? self["imported"]["id"].text }

  func bucketSettings(of address: Address) -> BucketSettings {
    let (website, quotas) = (self["website"], self["quotas"])
    return BucketSettings(
      aliases: Array(aliases(of: address)),
      website: website.map == nil
        ? nil : .init(index: website["index"].text ?? "index.html", error: website["error"].text),
      quotas: .init(maximumByteCount: quotas["size"].integer, maximumObjectCount: quotas["objects"].integer)
    )
  }

  var accessKeySettings: AccessKeySettings {
    let expiry = self["expiry"].text.flatMap { RhizomeModel.Timestamp($0) }
    return AccessKeySettings(
      name: self["displayName"].text ?? "",
      expiry: expiry.map { S3Protocol.Timestamp(milliseconds: $0.milliseconds) },
      mayCreateBuckets: self["createBucket"].boolean ?? false
    )
  }

  var permissions: Permissions {
    var permissions: Permissions = []
    if self["read"].boolean == true { permissions.insert(.read) }
    if self["write"].boolean == true { permissions.insert(.write) }
    if self["owner"].boolean == true { permissions.insert(.owner) }
    return permissions
  }
}

extension Bucket {
  var observed: ObservedResource {
    var attributes: Value = ["aliases": .strings(settings.aliases)]
    if let website = settings.website {
      attributes["website"] = ["index": .string(website.index), "error": website.error.map(Value.string) ?? .null]
    }
    attributes["quotas"] = [
      "size": settings.quotas.maximumByteCount.map(Value.integer) ?? .null,
      "objects": settings.quotas.maximumObjectCount.map(Value.integer) ?? .null,
    ]
    return ObservedResource(
      attributes: attributes,
      engineID: id,
      mark: mark.ownership,
      facts: ["objects": .integer(objectCount), "bytes": .integer(byteCount)]
    ).showing("website", "quotas")
  }
}

extension AccessKey {
  func observed(secretFingerprint: String) -> ObservedResource {
    var attributes: Value = [
      "id": .string(id), "secret": .sensitive(Sensitive(fingerprint: secretFingerprint)),
      "createBucket": .boolean(settings.mayCreateBuckets),
    ]
    if !settings.name.isEmpty { attributes["displayName"] = .string(settings.name) }
    if let expiry = settings.expiry {
      attributes["expiry"] = .string(RhizomeModel.Timestamp(milliseconds: expiry.milliseconds).description)
    }
    return ObservedResource(attributes: attributes, engineID: id, mark: mark.ownership).showing("displayName", "expiry")
  }
}

extension Grant {
  /// Bucket and key identifiers have no slash.
  var engineID: String { "\(bucketID)/\(keyID)" }

  /// - Parameter spec: of the target, whose names for bucket and key hold: the grant was found by them, or by its mark.
  func observed(_ spec: Value) -> ObservedResource {
    ObservedResource(
      attributes: [
        "bucket": spec["bucket"], "accessKey": spec["accessKey"],
        "read": .boolean(permissions.contains(.read)), "write": .boolean(permissions.contains(.write)),
        "owner": .boolean(permissions.contains(.owner)),
      ],
      engineID: engineID,
      mark: mark.ownership
    )
  }
}

extension Permissions {
  /// `read and write`.
  var sentence: String {
    let words: [(Permissions, String)] = [(.read, "read"), (.write, "write"), (.owner, "own")]
    let held = words.filter { contains($0.0) }.map(\.1)
    return held.isEmpty ? "do nothing" : held.joined(separator: " and ")
  }
}
