internal import LDAPClient
internal import LDAPProtocol
internal import RhizomeDriver
internal import RhizomeModel

/// All users and groups of a directory, at one look.
struct DirectoryLook: Sendable {
  /// By name of the account or group.
  let users: [String: LDAPSearchResultEntry]
  let groups: [String: LDAPSearchResultEntry]

  static func take(_ client: LDAPClient, _ directory: LDAPDirectory) async throws -> DirectoryLook {
    DirectoryLook(
      users: try await entries(below: directory.users, named: "uid", client, directory),
      groups: try await entries(below: directory.groups, named: "cn", client, directory)
    )
  }

  /// A look at one entry, whatever else the directory holds.
  static func take(
    _ target: ObservationTarget,
    _ client: LDAPClient,
    _ directory: LDAPDirectory
  ) async throws -> Observation {
    let entries = try await search(directory.name(of: target.address), .base, client, directory)
    let found = Dictionary(entries.map { (target.address.name, $0) }, uniquingKeysWith: { first, _ in first })
    let look =
      target.address.kind == .user
      ? DirectoryLook(users: found, groups: [:]) : DirectoryLook(users: [:], groups: found)
    return look.observation(target, directory)
  }

  private static func entries(
    below base: DistinguishedName,
    named attribute: String,
    _ client: LDAPClient,
    _ directory: LDAPDirectory
  ) async throws -> [String: LDAPSearchResultEntry] {
    let entries = try await search(base, .oneLevel, client, directory)
    let named = entries.compactMap { entry in name(of: entry, attribute).map { ($0, entry) } }
    return Dictionary(named, uniquingKeysWith: { first, _ in first })
  }

  private static func search(
    _ base: DistinguishedName,
    _ scope: LDAPSearchRequest.Scope,
    _ client: LDAPClient,
    _ directory: LDAPDirectory
  ) async throws -> [LDAPSearchResultEntry] {
    let request = LDAPSearchRequest(
      base: base.description,
      scope: scope,
      attributes: ["*", directory.markAttribute.name, "attributeModifiersName"]
    )
    let reply = try await client.send(.searchRequest(request))
    // Where the branch is not there yet, nothing is below it. Every other refusal is a look that failed.
    if reply.result.code == .noSuchObject { return [] }
    guard reply.result.code == .success else {
      throw LDAPClientError(.refused(reply.result.code), "searching \(base) ended with \(reply.result.code)")
    }
    return reply.entries
  }

  /// The value in the entry's own name; nil for entries that are named by another attribute, such as branches.
  private static func name(of entry: LDAPSearchResultEntry, _ attribute: String) -> String? {
    guard let relative = (try? DistinguishedName(entry.dn))?.relatives.first, relative.assertions.count == 1,
      let assertion = relative.assertions.first, assertion.attribute.lowercased() == attribute
    else { return nil }
    return String(validating: assertion.value, as: UTF8.self)?.lowercased()
  }

  func entry(_ address: Address) -> LDAPSearchResultEntry? {
    switch address.kind {
    case .user: users[address.name]
    case .group: groups[address.name]
    default: nil
    }
  }

  func report(_ targets: [ObservationTarget], _ directory: LDAPDirectory) -> ObservationReport {
    var report = ObservationReport()
    for target in targets {
      report.observations[target.address] = observation(target, directory)
    }
    report.foreign = foreign(except: Set(targets.map(\.address)), directory)
    return report
  }

  private func observation(_ target: ObservationTarget, _ directory: LDAPDirectory) -> Observation {
    guard [.user, .group].contains(target.address.kind) else {
      return .unknown(reason: "a directory keeps no \(target.address.kind.rawValue)")
    }
    guard let entry = entry(target.address) else { return .absent }
    let spec = [target.desired?.attributes, target.prior?.attributes].compactMap { $0 }
    let seen = target.address.kind == .user ? entry.observedUser(spec) : entry.observedGroup(directory)
    var observed = seen
    observed.engineID = entry.dn
    observed.mark = entry.mark(directory)
    return .present(observed)
  }

  private func foreign(except known: Set<Address>, _ directory: LDAPDirectory) -> [ForeignObject] {
    let all = users.map { (Address(.user, $0.key), $0.value) } + groups.map { (Address(.group, $0.key), $0.value) }
    return all.filter { !known.contains($0.0) }.map { address, entry in
      ForeignObject(
        address: address,
        engineID: entry.dn,
        mark: entry.mark(directory),
        summary: entry["displayName"]?.texts.first ?? entry["cn"]?.texts.first ?? entry.dn
      )
    }.sorted()
  }
}

extension LDAPSearchResultEntry {
  /// Our mark among the values of the attribute; others may keep theirs there too.
  func mark(_ directory: LDAPDirectory) -> OwnershipMark? {
    (self[directory.markAttribute.name]?.texts ?? []).lazy.compactMap { OwnershipMark($0) }.first
  }
}
