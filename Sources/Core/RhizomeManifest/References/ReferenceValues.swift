internal import RhizomeModel

/// What every `${…}` of one desired state stands for.
struct ReferenceValues {
  let desired: DesiredState
  let context: ResolutionContext
  let placement: Placement
  /// By the names of Secrets.
  private(set) var secrets: [String: String] = [:]
  /// By the names of AccessKeys.
  private(set) var keys: [String: (id: String, secret: String)] = [:]
  private var problems: [Address: Diagnostic] = [:]

  init(_ desired: DesiredState, _ context: ResolutionContext, _ memory: inout ResolverMemory) {
    self.desired = desired
    self.context = context
    placement = Placement(desired)
    let maker = SecretMaker(context: context)
    for resource in desired.all(.secret) { makeSecret(resource, maker) }
    for resource in desired.all(.accessKey) { makeKey(resource, maker, &memory) }
  }

  /// What is wrong with the values of these resources. What only another machine can open is that one's business.
  func problems(in share: DesiredState) -> [Diagnostic] {
    problems.filter { share.resources[$0.key] != nil }.sorted { $0.key < $1.key }.map(\.value)
  }

  private mutating func makeSecret(_ resource: Resource, _ maker: SecretMaker) {
    do {
      secrets[resource.address.name] = try maker.secret(resource.address.name, resource.attributes)
    } catch {
      problems[resource.address] = ReferenceValues.unopened(resource, error)
    }
  }

  /// The sealed text did not open. The error is the opener's, which never quotes the text.
  static func unopened(_ resource: Resource, _ error: any Error) -> Diagnostic {
    Diagnostic(
      .unresolved,
      "\(resource.address) is sealed and cannot be opened: \(error)",
      at: resource.place,
      suggestion: "seal it again with `rhizome seal`, for the key of this cluster"
    )
  }

  private mutating func makeKey(_ resource: Resource, _ maker: SecretMaker, _ memory: inout ResolverMemory) {
    let (name, imported) = (resource.address.name, resource.attributes["imported"])
    guard let id = imported["id"].text else {
      keys[name] = memory.key(name, generation: resource.attributes["generation"].integer ?? 1, maker.accessKey)
      return
    }
    guard let secret = imported["secret"].text.flatMap({ secrets[$0] }) else { return }
    keys[name] = (id, secret)
  }

  /// The text of a reference; nil when it cannot be determined here.
  /// - Parameter owner: the resource whose text it is.
  func text(_ reference: Reference, _ match: ReferenceTable.Match, for owner: Resource) -> String? {
    let name = match.target?.name ?? ""
    switch match.field.subject {
    case .secret: return secrets[name]
    case .accessKey: return match.field.field == "id" ? keyID(name) : keys[name]?.secret
    case .bucket: return bucket(name, match.field.field)
    case .cluster, .storage, .directory: return global(match.field)
    case .node: return node(match.field.field, for: owner)
    case .service:
      return match.field.field == "folder" ? context.serviceFolder(owner.address.name) : owner.address.name
    }
  }

  /// Also of a key whose secret only the engine knows.
  private func keyID(_ name: String) -> String? {
    keys[name]?.id ?? desired.resources[Address(.accessKey, name)]?.attributes["imported"]["id"].text
  }

  private var cluster: Value { desired.cluster?.attributes ?? .null }

  private var s3URL: String { cluster["storage"]["endpoint"].text ?? context.s3URL }

  private func global(_ field: ReferenceField) -> String? {
    switch (field.subject, field.field) {
    case (.cluster, "name"): desired.clusterName
    case (.cluster, _): cluster["domain"].text
    case (.storage, "region"): cluster["storage"]["region"].text
    case (.storage, "host"): URLParts(s3URL).host
    case (.storage, "port"): URLParts(s3URL).port
    case (.storage, _): s3URL
    case (_, "baseDN"): baseDN
    default: cluster["directory"]["url"].text ?? context.ldapURL
    }
  }

  var baseDN: String? { DirectorySuffix.of(cluster: cluster) }

  private func bucket(_ name: String, _ field: String) -> String? {
    let attributes = desired.resources[Address(.bucket, name)]?.attributes ?? .null
    let aliases = attributes["aliases"].texts ?? [name]
    let alias = aliases.contains(name) ? name : aliases.first ?? name
    switch field {
    case "name": return alias
    case "url": return "\(s3URL.trimmedSlash)/\(alias)"
    case "website":
      let parts = URLParts(context.webURL)
      return "\(parts.scheme)://\(aliases.first { $0.contains(".") } ?? alias)\(parts.port.map { ":\($0)" } ?? "")"
    default: return s3URL
    }
  }

  /// The machine where an instance of the owner runs: the only one, or else this one.
  private func machine(of owner: Resource) -> Machine? {
    if owner.address.kind == .portMapping, let service = owner.attributes["service"].text {
      return placement.machine(of: service, in: owner.attributes["zone"].text ?? "")
    }
    let machines = placement.caretakers(of: owner.address.name).compactMap { placement.machines[$0] }
    return machines.count == 1 ? machines[0] : machines.first { $0.name == context.localNode }
  }

  private func node(_ field: String, for owner: Resource) -> String? {
    guard let machine = machine(of: owner) else { return nil }
    switch field {
    case "name": return machine.name
    case "zone": return machine.zone
    default: return machine.address ?? context.nodeAddresses[machine.name] ?? machine.spec["address"].text
    }
  }
}

/// The parts of a URL such as `http://127.0.0.1:3900/path`.
struct URLParts {
  let scheme: String
  let host: String
  /// The port, or the scheme's usual one; nil where there is none.
  let port: String?

  init(_ url: String) {
    let pieces = url.split(separator: ":", maxSplits: 1).map(String.init)
    scheme = pieces.first ?? "http"
    let authority = (pieces.last ?? "").drop { $0 == "/" }.prefix { $0 != "/" }
    let end = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
    host = String(authority[..<(end ?? authority.endIndex)])
    port = end.map { String(authority[authority.index(after: $0)...]) } ?? ["http": "80", "https": "443"][scheme]
  }
}

extension String {
  /// Without a slash at its end.
  fileprivate var trimmedSlash: Substring { hasSuffix("/") ? dropLast() : self[...] }
}

extension Resource {
  /// Where it is declared, for diagnostics.
  var place: SourceLocation { declaredAt ?? SourceLocation(file: address.description, .start) }
}
