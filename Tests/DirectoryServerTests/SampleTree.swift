import DirectoryTestSupport
import LDAPProtocol

/// A small collective, with the corners that comparisons of directories stumble over.
enum SampleTree {
  static let suffix = EmbeddedDirectory.suffix

  static let entries: [LDAPAddRequest] =
    [
      entry(suffix, ["objectClass": ["top", "dcObject", "organization"], "dc": ["example"], "o": ["The Collective"]]),
      entry("ou=users,\(suffix)", ["objectClass": ["organizationalUnit"], "ou": ["users"]]),
      entry("ou=services,ou=users,\(suffix)", ["objectClass": ["organizationalUnit"], "ou": ["services"]]),
      entry("ou=groups,\(suffix)", ["objectClass": ["organizationalUnit"], "ou": ["groups"], "l": ["Rennes"]]),
    ] + (0..<60).map(person) + special + groups

  private static func entry(_ dn: String, _ attributes: KeyValuePairs<String, [String]>) -> LDAPAddRequest {
    LDAPAddRequest(dn: dn, attributes: attributes.map { LDAPAttribute($0.key, $0.value) })
  }

  static let given = ["Ann", "Björn", "Chloé", "Dmitri", "Eve", "françois", "GRACE", "Hans  Peter", "Iris", "Jean-Luc"]
  static let family = ["Martin", "Smith", "Smyth", "Le Goff", "Rivière", "O'Neil", "Schmidt"]

  private static func person(_ number: Int) -> LDAPAddRequest {
    let (first, last) = (given[number % given.count], family[number % family.count])
    var attributes: [LDAPAttribute] = [
      .init("objectClass", number % 3 == 0 ? ["inetOrgPerson", "posixAccount"] : ["inetOrgPerson"]),
      .init("cn", number % 5 == 0 ? ["\(first) \(last)", "nick\(number)"] : ["\(first) \(last)"]),
      .init("sn", [last]), .init("givenName", [first]), .init("uid", ["User\(number)"]),
      .init("mail", ["user\(number)@Example.org"] + (number % 4 == 0 ? ["alias.\(number)@plant.example"] : [])),
      .init("userPassword", ["{SSHA}c2FsdGVkaGFzaHRoYXRtYXRjaGVzbm90aGluZw=="]),
    ]
    if number % 3 == 0 {
      attributes += [
        .init("uidNumber", ["\(1000 + number * 7)"]), .init("gidNumber", [number % 2 == 0 ? "100" : "-5"]),
        .init("homeDirectory", ["/home/User\(number)"]), .init("loginShell", ["/bin/bash"]),
      ]
    }
    if number % 4 == 1 { attributes.append(.init("telephoneNumber", ["+33 2 99-\(10 + number) 00", "0\(number)"])) }
    if number % 6 == 2 { attributes.append(.init("description", ["likes  (stars) * and \\ slashes", "n°\(number)"])) }
    if number % 7 == 3 { attributes.append(.init("description;lang-fr", ["aime les étoiles"])) }
    if number % 8 == 4 { attributes.append(.init("jpegPhoto", [[0xFF, 0xD8, UInt8(number)]])) }
    if number % 9 == 5 { attributes.append(.init("postalAddress", ["1 rue  X$35000 Rennes$France"])) }
    if number % 10 == 6 { attributes.append(.init("seeAlso", ["UID=user1, OU=Users,dc=example,dc=org"])) }
    if number % 5 == 2 { attributes.append(.init("labeledURI", ["https://Example.org/~User\(number)"])) }
    if number % 6 == 5 { attributes.append(.init("employeeNumber", ["\(number)"])) }
    if number % 11 == 1 { attributes.append(.init("preferredLanguage", ["fr-FR"])) }
    return LDAPAddRequest(dn: "uid=user\(number),ou=users,\(suffix)", attributes: attributes)
  }

  private static let special: [LDAPAddRequest] = [
    entry(
      "cn=Doe\\, John+sn=Doe,ou=users,\(suffix)",
      ["objectClass": ["person"], "cn": ["Doe, John"], "sn": ["Doe"], "description": ["has a comma"]]
    ),
    entry(
      "cn=printer,ou=services,ou=users,\(suffix)",
      [
        "objectClass": ["device"], "cn": ["printer"], "serialNumber": ["AB 12"],
        "owner": ["uid=user1,ou=users,\(suffix)"],
      ]
    ),
    entry(
      "cn=imap,ou=services,ou=users,\(suffix)",
      [
        "objectClass": ["applicationProcess", "simpleSecurityObject"], "cn": ["imap"], "l": ["Rennes"],
        "userPassword": ["{SSHA}c2FsdGVkaGFzaHRoYXRtYXRjaGVzbm90aGluZw=="],
      ]
    ),
    entry("c=FR,\(suffix)", ["objectClass": ["country"], "c": ["FR"]]),
  ]

  private static let groups: [LDAPAddRequest] =
    (0..<6).map { number in
      let members = (0..<60).filter { $0 % (number + 2) == 0 }.map { "uid=User\($0), ou=users,\(suffix)" }
      return entry(
        "cn=group\(number),ou=groups,\(suffix)",
        ["objectClass": ["groupOfNames"], "cn": ["group\(number)"], "member": members]
      )
    } + [
      entry(
        "cn=unix,ou=groups,\(suffix)",
        ["objectClass": ["posixGroup"], "cn": ["unix"], "gidNumber": ["100"], "memberUid": ["User1", "user3"]]
      ),
      entry(
        "cn=unique,ou=groups,\(suffix)",
        [
          "objectClass": ["groupOfUniqueNames"], "cn": ["unique"], "uniqueMember": ["uid=user3,ou=users,\(suffix)"],
        ]
      ),
    ]
}
