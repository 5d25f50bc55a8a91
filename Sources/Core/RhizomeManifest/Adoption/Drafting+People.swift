import RhizomeModel

/// Users and groups.
extension Drafting {
  /// Passwords are not looked at: they stay their owners'.
  func user(_ object: SurveyedObject, _ name: String) -> Value {
    var spec = object.attributes
    let shown = spec["displayName"].text ?? name
    if spec["surname"].text == shown { spec["surname"] = .null }
    if spec["displayName"].text == name { spec["displayName"] = .null }
    for field in ["mail", "sshKeys"] where spec[field].list?.isEmpty ?? false { spec[field] = .null }
    if spec["attributes"].map?.isEmpty ?? false { spec["attributes"] = .null }
    return spec
  }

  mutating func group(_ object: SurveyedObject) -> Value? {
    var spec = object.attributes
    var members: [String] = []
    for member in spec["members"].texts ?? [] {
      guard let name = name(.user, member) else {
        let who = YAMLScalar.inline(String(member.prefix(80)))
        remark(object, "has the member \(who), who is no declared User; a group is declared with all its members")
        return nil
      }
      members.append(name)
    }
    spec["members"] = .strings(members.sorted())
    return spec
  }
}
