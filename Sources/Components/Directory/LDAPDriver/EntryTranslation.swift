internal import LDAPProtocol
internal import RhizomeModel

/// From the manifest's words to LDAP attributes.
struct EntryAttributes: Sendable {
  let objectClasses: [String]
  /// Values by attribute name; empty ones go away.
  let values: [String: [String]]

  /// A person's entry.
  /// - Parameter also: fields that were made before and may have to be removed.
  static func user(_ address: Address, _ spec: Value, also prior: Value) -> EntryAttributes {
    let displayName = spec["displayName"].text ?? address.name
    var values: [String: [String]] = [
      "cn": [displayName], "displayName": [displayName], "sn": [spec["surname"].text ?? displayName],
    ]
    func set(_ field: String, _ attribute: String, _ texts: (Value) -> [String]) {
      if spec[field].isNull && prior[field].isNull { return }
      values[attribute] = texts(spec[field])
    }
    set("givenName", "givenName") { $0.text.map { [$0] } ?? [] }
    set("mail", "mail") { $0.texts ?? [] }
    set("sshKeys", "sshPublicKey") { $0.texts ?? [] }
    let extra = spec["attributes"].map ?? [:]
    for name in Set(extra.keys).union(prior["attributes"].map?.keys ?? []) {
      values[name] = extra[name]?.texts ?? []
    }
    var classes = ["inetOrgPerson"]
    if !(spec["sshKeys"].texts ?? []).isEmpty { classes.append("ldapPublicKey") }
    // Whatever the schema knows may be written in `attributes`, also what people do not usually have.
    if !extra.isEmpty { classes.append("extensibleObject") }
    return EntryAttributes(objectClasses: classes, values: values)
  }

  /// A group's entry. An empty one names itself, because `groupOfNames` must have a member.
  static func group(_ dn: DistinguishedName, _ spec: Value, also prior: Value, _ directory: LDAPDirectory)
    -> EntryAttributes
  {
    let members = (spec["members"].texts ?? []).map { directory.users.child("uid", $0).description }
    var values = ["member": members.isEmpty ? [dn.description] : members]
    if !spec["description"].isNull || !prior["description"].isNull {
      values["description"] = spec["description"].text.map { [$0] } ?? []
    }
    return EntryAttributes(objectClasses: ["groupOfNames"], values: values)
  }

  /// For a new entry.
  func added(_ mark: OwnershipMark, _ directory: LDAPDirectory) -> [LDAPAttribute] {
    var all = values
    all[directory.markAttribute.name, default: []].append(mark.description)
    let written = all.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
    return [LDAPAttribute("objectClass", objectClasses)] + written.map { LDAPAttribute($0.key, $0.value) }
  }

  /// What has to change in `entry`, and nothing else.
  func changes(to entry: LDAPSearchResultEntry) -> [LDAPModifyRequest.Change] {
    let present = Set((entry["objectClass"]?.texts ?? []).map { $0.lowercased() })
    let classes = objectClasses.filter { !present.contains($0.lowercased()) }
    var changes: [LDAPModifyRequest.Change] = []
    if !classes.isEmpty { changes.append(.init(.add, LDAPAttribute("objectClass", classes))) }
    for (name, wanted) in values.sorted(by: { $0.key < $1.key }) {
      let current = entry[name]?.texts ?? []
      if comparable(name, current) != comparable(name, wanted) {
        changes.append(.init(.replace, LDAPAttribute(name, wanted)))
      }
    }
    return changes
  }

  /// Names are spelled in many ways; everything else is taken to the letter.
  private func comparable(_ name: String, _ texts: [String]) -> Set<String> {
    guard name == "member" else { return Set(texts) }
    return Set(texts.map { (try? DistinguishedName($0).foldedKey) ?? $0 })
  }
}

/// From LDAP attributes to the manifest's words.
extension LDAPSearchResultEntry {
  /// - Parameter specs: of the target; their spelling of further attributes is used, and only those are shown.
  func observedUser(_ specs: [Value]) -> ObservedResource {
    func texts(_ name: String) -> [String] { (self[name]?.texts ?? []).sorted() }
    func first(_ name: String) -> Value { texts(name).first.map(Value.string) ?? .null }
    var attributes: Value = [
      "displayName": self["displayName"] == nil ? first("cn") : first("displayName"), "surname": first("sn"),
      "givenName": first("givenName"), "mail": .strings(texts("mail")), "sshKeys": .strings(texts("sshPublicKey")),
    ]
    var extra: [String: Value] = [:]
    for name in specs.flatMap({ $0["attributes"].map?.keys ?? [] }) where self[name] != nil {
      extra[name] = .strings(texts(name))
    }
    attributes["attributes"] = .map(extra)
    var facts: [String: Value] = ["hasPassword": .boolean(self["userPassword"] != nil)]
    facts["passwordChangedBy"] = passwordModifier
    return ObservedResource(attributes: attributes, facts: facts)
      .showing("displayName", "surname", "givenName", "mail", "sshKeys", "attributes")
  }

  /// `owner` or the name of somebody else; nil when nobody has changed it since, or the server does not tell.
  private var passwordModifier: Value? {
    let lines = self["attributeModifiersName"]?.texts ?? []
    guard let line = lines.first(where: { $0.hasPrefix("userPassword ") }) else { return nil }
    let modifier = line.split(separator: " ", maxSplits: 2).last.map(String.init) ?? ""
    let isOwner = (try? DistinguishedName(modifier).foldedKey) == (try? DistinguishedName(dn).foldedKey)
    return .string(isOwner ? "owner" : modifier)
  }

  func observedGroup(_ directory: LDAPDirectory) -> ObservedResource {
    let own = try? DistinguishedName(dn).foldedKey
    let members = (self["member"]?.texts ?? []).filter { (try? DistinguishedName($0).foldedKey) != own }
    return ObservedResource(
      attributes: [
        "description": self["description"]?.texts.first.map(Value.string) ?? .null,
        "members": .strings(members.map { Self.account($0, directory) }.sorted()),
      ]
    ).showing("description", "members")
  }

  /// The account behind a member; members from elsewhere keep their whole name.
  private static func account(_ member: String, _ directory: LDAPDirectory) -> String {
    guard let name = try? DistinguishedName(member), name.parent?.foldedKey == directory.users.foldedKey,
      let assertion = name.relatives.first?.assertions.first, assertion.attribute.lowercased() == "uid",
      let account = String(validating: assertion.value, as: UTF8.self)
    else { return member }
    return account.lowercased()
  }
}
