import RhizomeModel

/// Buckets, access keys, and who may use what.
extension Drafting {
  /// The id only: the secret stays where it is.
  func accessKey(_ object: SurveyedObject) -> Value {
    var spec = object.attributes
    spec["imported"] = ["id": .string(object.key)]
    if spec["createBucket"].isNull { spec["createBucket"] = false }
    spec["generation"] = 1
    return spec
  }

  mutating func bucket(_ object: SurveyedObject, _ name: String) -> Value? {
    var spec = object.attributes
    guard let aliases = spec["aliases"].texts, !aliases.isEmpty else {
      remark(object, "has no name on the S3 API, and a declared bucket has one")
      return nil
    }
    spec["aliases"] = aliases == [name] ? .null : .strings(aliases.sorted())
    if spec["quotas"].map?.isEmpty ?? false { spec["quotas"] = .null }
    let access = access(to: object)
    if !access.isEmpty { spec["access"] = .map(access) }
    spec["deletionPolicy"] = "retain"
    return spec
  }

  /// By the name of the key.
  private mutating func access(to bucket: SurveyedObject) -> [String: Value] {
    var access: [String: Value] = [:]
    for grant in objects where grant.kind == .grant && grant.attributes["bucket"].text == bucket.key {
      guard isOurs(grant), let key = name(.accessKey, grant.attributes["accessKey"].text) else {
        remark(bucket, "lets \(keyName(grant)) \(Drafting.words(grant)), which stays undeclared")
        continue
      }
      access[key] = ["permissions": .strings(Drafting.permissions(grant))]
    }
    return access
  }

  /// Rights on buckets that are declared already belong into the declaration that is there.
  mutating func remarkOnGrants() {
    for grant in objects where grant.kind == .grant && grant.managed == nil {
      let bucket = objects.first { $0.kind == .bucket && $0.key == grant.attributes["bucket"].text }
      guard let address = bucket?.managed else { continue }
      let permissions = Drafting.permissions(grant).joined(separator: ", ")
      let key = name(.accessKey, grant.attributes["accessKey"].text)
      let advice = key.map { "add '- {key: \($0), permissions: [\(permissions)]}' to its 'access'" }
      let message = "is declared without the right of \(keyName(grant)) to \(Drafting.words(grant))"
      remarks.append(
        SurveyRemark(.inexpressible, address.description, message + (advice.map { "; to keep that, \($0)" } ?? ""))
      )
    }
  }

  private func isOurs(_ grant: SurveyedObject) -> Bool {
    grant.mark.map { $0.clusterID == context.clusterID } ?? true
  }

  private func keyName(_ grant: SurveyedObject) -> String {
    let key = grant.attributes["accessKey"].text
    return name(.accessKey, key).map { "AccessKey/\($0)" }
      ?? "the key \(YAMLScalar.inline(String((key ?? "").prefix(80))))"
  }

  private static func permissions(_ grant: SurveyedObject) -> [String] {
    ["owner", "read", "write"].filter { grant.attributes[$0].boolean ?? false }
  }

  private static func words(_ grant: SurveyedObject) -> String {
    let words = permissions(grant).map { $0 == "owner" ? "own it" : $0 }
    return words.isEmpty ? "do nothing" : words.joined(separator: " and ")
  }
}
