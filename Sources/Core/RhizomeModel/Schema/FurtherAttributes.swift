/// What may be said of a person in LDAP attributes beside the fields of a User (`User.spec.attributes`).
package enum FurtherAttributes {
  /// Why an attribute is not to be declared so, and what to do instead; nil when it may.
  package static func problem(
    with name: String,
    _ values: [String],
    of person: String
  ) -> (message: String, help: String)? {
    let lower = name.lowercased()
    if ["pass", "pwd", "secret"].contains(where: lower.contains) || values.contains(where: isHash) {
      let message = "'\(name)' may hold a secret, and attributes are shown in plans and reports"
      return (message, "for the password, write 'password: {secret: NAME}'; leave out others")
    }
    if ours.contains(lower) {
      return ("'\(name)' is kept by Rhizome or by the directory itself", "leave it out")
    }
    if lower == "uid", !values.contains(where: { $0.lowercased() == person.lowercased() }) {
      return ("'uid' is the name of the account", "leave it out, or name '\(person)' among others")
    }
    return values.isEmpty ? ("'\(name)' has no value", "write one, or leave the attribute out") : nil
  }

  /// In lower case: the mark, what makes an entry a person, and what servers write (RFC 4512, sections 3.4 and 4.2).
  private static let ours: Set<String> = [
    "rhizomemark", "objectclass", "memberof", "structuralobjectclass", "entryuuid", "entrydn", "entrycsn",
    "creatorsname", "createtimestamp", "modifiersname", "modifytimestamp", "hassubordinates", "subschemasubentry",
    "dn", "distinguishedname",
  ]

  /// A password's hash, in whatever attribute it is kept (RFC 2307, section 5.3, and its descendants).
  package static func isHash(_ text: String) -> Bool {
    guard text.hasPrefix("{"), let end = text.firstIndex(of: "}") else { return false }
    let scheme = text[text.index(after: text.startIndex)..<end].lowercased()
    return [
      "sha", "ssha", "md5", "smd5", "crypt", "argon", "pbkdf", "bcrypt", "scram", "clear", "plain", "nt", "lanman",
    ]
    .contains { scheme.hasPrefix($0) }
  }
}
