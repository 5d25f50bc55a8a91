import LDAPProtocol

/// Changes in the order in which they are sent; later ones build on earlier ones.
enum WriteCases {
  private static let users = "ou=users,dc=example,dc=org"
  private static let ann = "uid=user1,\(users)"

  private static func modify(_ dn: String, _ changes: LDAPModifyRequest.Change...) -> LDAPOperation {
    .modifyRequest(.init(dn: dn, changes: changes))
  }

  private static func change(_ kind: LDAPModifyRequest.Kind, _ name: String, _ values: [String] = [])
    -> LDAPModifyRequest.Change
  {
    .init(kind, LDAPAttribute(name, values))
  }

  private static func add(_ dn: String, _ attributes: KeyValuePairs<String, [String]>) -> LDAPOperation {
    .addRequest(.init(dn: dn, attributes: attributes.map { LDAPAttribute($0.key, $0.value) }))
  }

  static let operations: [LDAPOperation] = [
    modify(ann, change(.replace, "description", ["one", "two"])),
    modify(ann, change(.add, "description", ["ONE"])),
    modify(ann, change(.add, "description", ["three", "Three"])),
    modify(ann, change(.delete, "description", ["TWO"])),
    modify(ann, change(.delete, "description", ["absent"])),
    modify(ann, change(.delete, "title")),
    modify(ann, change(.replace, "title")),
    modify(ann, change(.add, "nosuchattribute", ["x"])),
    modify(ann, change(.add, "entryUUID", ["2d0c9a3e-6a0c-4d43-9d6e-000000000000"])),
    modify(ann, change(.replace, "employeeNumber", ["1", "2"])),
    modify(ann, change(.replace, "uidNumber", ["5"])),
    modify(ann, change(.delete, "sn")),
    modify(ann, change(.replace, "manager", ["not a name"])),
    modify(ann, change(.delete, "objectClass")),
    modify(ann, change(.add, "objectClass", ["nosuchclass"])),
    modify(ann, change(.add, "objectClass", ["posixAccount"])),
    modify(ann, change(.add, "title", ["a"]), change(.delete, "title", ["b"])),
    modify(ann, change(.add, "title", ["a"]), change(.add, "title", ["b"]), change(.delete, "title", ["A"])),
    modify(ann, change(.add, "jpegPhoto", ["x"])),
    modify("uid=nobody,\(users)", change(.replace, "sn", ["x"])),
    modify("rubbish", change(.replace, "sn", ["x"])),
    add("uid=new,\(users)", ["objectClass": ["inetOrgPerson"], "cn": ["New"], "sn": ["N"], "uid": ["new"]]),
    add("uid=new,\(users)", ["objectClass": ["inetOrgPerson"], "cn": ["New"], "sn": ["N"], "uid": ["new"]]),
    add("uid=named,\(users)", ["objectClass": ["inetOrgPerson"], "cn": ["Named"], "sn": ["N"]]),
    add("uid=nosn,\(users)", ["objectClass": ["inetOrgPerson"], "cn": ["New"]]),
    add("uid=noclass,\(users)", ["cn": ["New"], "sn": ["N"]]),
    add("uid=aux,\(users)", ["objectClass": ["posixAccount"], "cn": ["New"], "uidNumber": ["1"]]),
    add("uid=odd,\(users)", ["objectClass": ["account", "device"], "uid": ["odd"], "cn": ["odd"]]),
    add("uid=extra,\(users)", ["objectClass": ["person"], "cn": ["New"], "sn": ["N"], "mail": ["a@b"]]),
    add("uid=lost,ou=nowhere,\(users)", ["objectClass": ["inetOrgPerson"], "cn": ["New"], "sn": ["N"]]),
    add(
      "uid=open,\(users)",
      ["objectClass": ["inetOrgPerson", "extensibleObject"], "cn": ["Open"], "sn": ["N"], "gidNumber": ["7"]]
    ),
    .compareRequest(.init(dn: ann, attribute: "sn", value: Array("SMITH".utf8))),
    .compareRequest(.init(dn: ann, attribute: "sn", value: Array("other".utf8))),
    .compareRequest(.init(dn: ann, attribute: "title;lang-fr", value: Array("x".utf8))),
    .compareRequest(.init(dn: ann, attribute: "nosuchattribute", value: [])),
    .compareRequest(.init(dn: "uid=nobody,\(users)", attribute: "sn", value: [65])),
    .compareRequest(.init(dn: ann, attribute: "uidNumber", value: [65])),
    .deleteRequest(dn: users),
    .deleteRequest(dn: "uid=nobody,\(users)"),
    .deleteRequest(dn: "UID=Named, \(users)"),
    .modifyDNRequest(.init(dn: "uid=new,\(users)", newRDN: "uid=renamed", deleteOldRDN: true)),
    .modifyDNRequest(.init(dn: "uid=nobody,\(users)", newRDN: "uid=x", deleteOldRDN: true)),
    .modifyDNRequest(.init(dn: "uid=renamed,\(users)", newRDN: "uid=user1", deleteOldRDN: true)),
    .modifyDNRequest(
      .init(dn: "uid=renamed,\(users)", newRDN: "cn=moved", deleteOldRDN: false, newSuperior: "ou=services,\(users)")
    ),
    .extendedRequest(.init(name: "1.2.3.4")),
    .extendedRequest(.init(name: LDAPExtension.whoAmI)),
  ]
}
