internal import LDAPClient
internal import LDAPProtocol
package import RhizomeDriver
package import RhizomeModel

extension LDAPDriver: SurveyingDriver {
  package func survey(_ targets: [ObservationTarget]) async throws(DriverError) -> Survey {
    do {
      let entries = try await connected { client in try await directory.allEntries(client) }
      return DirectorySurvey(directory, targets).survey(entries)
    } catch {
      throw DriverError(directory: error)
    }
  }
}

extension LDAPDirectory {
  /// The base and everything below it; nothing where the base is not there yet.
  fileprivate func allEntries(_ client: LDAPClient) async throws -> [LDAPSearchResultEntry] {
    let request = LDAPSearchRequest(
      base: baseDN.description,
      scope: .subtree,
      attributes: ["*", markAttribute.name]
    )
    let reply = try await client.send(.searchRequest(request))
    if reply.result.code == .noSuchObject { return [] }
    guard reply.result.code == .success else {
      throw LDAPClientError(.refused(reply.result.code), "searching below \(baseDN) ended with \(reply.result.code)")
    }
    return reply.entries
  }
}

/// Sorts the entries of a directory into people, groups, and what is neither.
struct DirectorySurvey {
  private let directory: LDAPDirectory
  private let known: Set<Address>

  init(_ directory: LDAPDirectory, _ targets: [ObservationTarget]) {
    self.directory = directory
    known = Set(targets.map(\.address))
  }

  func survey(_ entries: [LDAPSearchResultEntry]) -> Survey {
    var survey = Survey()
    for entry in entries {
      switch place(of: entry) {
      case .branch: break
      case .user(let name): survey.objects.append(user(entry, name))
      case .group(let name): survey.objects.append(group(entry, name))
      case .elsewhere:
        let message =
          "is neither a person (uid=…) right below \(directory.users) nor a group (cn=…) right below \(directory.groups)"
        survey.remarks.append(SurveyRemark(.inexpressible, SurveyText.shown(entry.dn), message))
      }
    }
    return survey
  }

  // MARK: Where an entry hangs

  private enum Place {
    case branch
    case user(String)
    case group(String)
    case elsewhere
  }

  private func place(of entry: LDAPSearchResultEntry) -> Place {
    guard let name = try? DistinguishedName(entry.dn) else { return .elsewhere }
    let branches = [directory.baseDN, directory.users, directory.groups].map(\.foldedKey)
    if branches.contains(name.foldedKey) { return .branch }
    if let account = leaf(name, "uid", below: directory.users) { return .user(account) }
    if let group = leaf(name, "cn", below: directory.groups) { return .group(group) }
    return .elsewhere
  }

  /// The value in a name of one part below `branch`, as the driver looks for it.
  private func leaf(_ name: DistinguishedName, _ attribute: String, below branch: DistinguishedName) -> String? {
    guard name.parent?.foldedKey == branch.foldedKey, let relative = name.relatives.first,
      relative.assertions.count == 1, let assertion = relative.assertions.first,
      assertion.attribute.lowercased() == attribute
    else { return nil }
    return String(validating: assertion.value, as: UTF8.self)?.lowercased()
  }

  // MARK: People

  private func user(_ entry: LDAPSearchResultEntry, _ name: String) -> SurveyedObject {
    var person = SurveyedPerson(entry, directory)
    person.read()
    return SurveyedObject(
      .user,
      key: name,
      managed: managed(.user, name),
      names: [name],
      isNameFixed: true,
      attributes: person.attributes,
      mark: entry.mark(directory),
      remarks: person.remarks,
      obstacle: entry.has(class: "inetOrgPerson") ? person.obstacle : "is no inetOrgPerson"
    )
  }

  private func managed(_ kind: Kind, _ name: String) -> Address? {
    let address = Address(kind, name)
    return known.contains(address) ? address : nil
  }

  // MARK: Groups

  private func group(_ entry: LDAPSearchResultEntry, _ name: String) -> SurveyedObject {
    var seen = entry.observedGroup(directory).attributes
    let descriptions = entry["description"]?.texts ?? []
    if descriptions.count != 1 { seen["description"] = .null }
    let declared: Set<String> = [
      "objectclass", "cn", "member", "description", directory.markAttribute.name.lowercased(),
    ]
    let others = entry.attributes.map(\.description).filter { !declared.contains($0.lowercased()) }.sorted()
    var remarks = others.map { "keeps its '\(SurveyText.shown($0))', which a Group has no field for" }
    if descriptions.count > 1 { remarks.append("keeps its descriptions: a Group has one") }
    if (entry["cn"]?.texts ?? []).count > 1 { remarks.append("keeps its other names: a Group has one") }
    return SurveyedObject(
      .group,
      key: name,
      managed: managed(.group, name),
      names: [name],
      isNameFixed: true,
      attributes: seen,
      mark: entry.mark(directory),
      remarks: remarks,
      obstacle: entry.has(class: "groupOfNames") ? nil : "is no groupOfNames"
    )
  }
}

extension LDAPSearchResultEntry {
  fileprivate func has(class name: String) -> Bool {
    (self["objectClass"]?.texts ?? []).contains { $0.lowercased() == name.lowercased() }
  }
}

/// Text from a directory, fit to be shown.
enum SurveyText {
  static func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(100).map { scalar -> Character in
      let isPlain = scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
      return isPlain && scalar.value != 0x2028 && scalar.value != 0x2029 ? Character(scalar) : "?"
    }
    return String(scalars)
  }
}
