internal import LDAPProtocol
internal import RhizomeModel

/// A person's entry in the words of a manifest, so that the driver, looking at it with these words, sees no difference.
///
/// What the fields of a User cannot say is said in `attributes`, which has the last word on what is written later.
struct SurveyedPerson {
  private let entry: LDAPSearchResultEntry
  private let markName: String
  private(set) var attributes: Value = [:]
  private(set) var remarks: [String] = []
  /// Why the person cannot be declared at all.
  private(set) var obstacle: String?
  private var further: [String: Value] = [:]

  init(_ entry: LDAPSearchResultEntry, _ directory: LDAPDirectory) {
    self.entry = entry
    markName = directory.markAttribute.name.lowercased()
  }

  mutating func read() {
    readNames()
    for (field, attribute, rule) in [("mail", "mail", TextRule.mail), ("sshKeys", "sshPublicKey", .sshPublicKey)] {
      guard let values = texts(attribute) else {
        if entry[attribute] != nil { keep(attribute) }
        continue
      }
      if values.allSatisfy({ rule.problem(with: $0) == nil }) {
        attributes[field] = .strings(values)
      } else {
        keep(attribute)
      }
    }
    if let names = texts("uid"), names.count > 1 { keep("uid") }
    for attribute in entry.attributes where !handled.contains(attribute.description.lowercased()) {
      keep(attribute.description)
    }
    // Where the mark is kept in an attribute that others use too.
    if (texts(markName) ?? []).contains(where: { OwnershipMark($0) == nil }) {
      remarks.append("keeps its '\(markName)', beside which our mark is kept")
    }
    if !further.isEmpty { attributes["attributes"] = .map(further) }
  }

  private var handled: Set<String> {
    [
      "objectclass", "uid", "cn", "displayname", "sn", "givenname", "mail", "sshpublickey", "userpassword", "memberof",
      markName,
    ]
  }

  private mutating func readNames() {
    guard let common = texts("cn"), let surnames = texts("sn") else {
      obstacle = "has no name (cn, sn) that is text"
      return
    }
    let shown = entry["displayName"] == nil ? common : texts("displayName") ?? []
    guard let display = shown.first, let surname = surnames.first else {
      obstacle = "has a display name that is no text"
      return
    }
    attributes["displayName"] = .string(display)
    attributes["surname"] = .string(surname)
    if common != [display] { keep("cn") }
    if shown.count > 1 { keep(entry["displayName"] == nil ? "cn" : "displayName") }
    if surnames.count > 1 { keep("sn") }
    guard let given = texts("givenName") else {
      if entry["givenName"] != nil { keep("givenName") }
      return
    }
    attributes["givenName"] = given.first.map(Value.string) ?? .null
    if given.count > 1 { keep("givenName") }
  }

  /// Declares an attribute to the letter, or says why it cannot be.
  private mutating func keep(_ name: String) {
    let shown = SurveyText.shown(name)
    guard !Self.isSecret(name) else { return remarks.append("keeps its '\(shown)', which may be a secret") }
    guard TextRule.attributeName.problem(with: name) == nil else {
      return remarks.append("keeps its '\(shown)', whose name cannot be declared")
    }
    guard let values = texts(name) else { return remarks.append("keeps its '\(shown)', which is no text") }
    guard !values.contains(where: FurtherAttributes.isHash) else {
      return remarks.append("keeps its '\(shown)', which may be a secret")
    }
    guard !values.contains(where: { $0.contains("${") }) else {
      return remarks.append("keeps its '\(shown)', which would read as a reference")
    }
    // What validation refuses is not to be drafted.
    guard FurtherAttributes.problem(with: name, values, of: texts("uid")?.first ?? "") == nil else {
      return remarks.append("keeps its '\(shown)', which cannot be declared")
    }
    further[name] = .strings(values)
  }

  /// Sorted; nil when it is not there or is no text.
  private func texts(_ name: String) -> [String]? {
    guard let attribute = entry[name] else { return nil }
    let texts = attribute.texts.sorted()
    return texts.count == attribute.values.count && !texts.isEmpty ? texts : nil
  }

  /// Attributes that hold passwords and keys under other schemas, by what their names say.
  private static func isSecret(_ name: String) -> Bool {
    let lower = name.lowercased()
    if lower == "sshpublickey" { return false }
    return lower.hasSuffix("pin")
      || ["pass", "pwd", "secret", "hash", "key", "token", "otp", "pkcs", "credential"].contains { lower.contains($0) }
  }
}
