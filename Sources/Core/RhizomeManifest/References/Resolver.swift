package import RhizomeModel

/// Puts values in place of references, and fills in what only the running cluster knows: keys, secrets, passwords and
/// defaults that follow from other declarations. Pure: equal input gives equal output.
package enum Resolver {
  /// - Parameter whole: everything that is declared, where `desired` is one machine's share of it: references lead to
  ///   what other machines drive also.
  /// - Returns: the desired state without templates, and what could not be resolved. A template that could not be
  ///   resolved stays as it is.
  package static func resolve(
    _ desired: DesiredState,
    within whole: DesiredState? = nil,
    with context: ResolutionContext
  ) -> (desired: DesiredState, diagnostics: [Diagnostic]) {
    var memory = ResolverMemory()
    return resolve(desired, within: whole, with: context, memory: &memory)
  }

  /// The same, working out again only what `memory` does not know.
  ///
  /// - Parameter memory: what was worked out before with the same keys, digests and defaults.
  package static func resolve(
    _ desired: DesiredState,
    within whole: DesiredState? = nil,
    with context: ResolutionContext,
    memory: inout ResolverMemory
  ) -> (desired: DesiredState, diagnostics: [Diagnostic]) {
    var resolution = Resolution(values: ReferenceValues(whole ?? desired, context, &memory))
    var result = desired
    result.resources = desired.resources.mapValues { resource in
      memory.resolved(resource) { resolution.attributes(of: $0) }
    }
    memory.keep(whole ?? desired)
    let found = resolution.problems.sorted { $0.key < $1.key }.flatMap(\.value)
    return (result, (resolution.values.problems(in: desired) + found).sorted { $0.location < $1.location })
  }
}

/// One run of the resolver.
private struct Resolution {
  let values: ReferenceValues
  /// In the order in which each resource's attributes are read.
  var problems: [Address: [Diagnostic]] = [:]

  private var context: ResolutionContext { values.context }

  mutating func attributes(of resource: Resource) -> Value {
    switch resource.address.kind {
    case .cluster: cluster(resource)
    case .secret: secret(resource)
    case .accessKey: accessKey(resource)
    case .user: user(resource)
    case .bucket: bucket(resource)
    case .service, .portMapping: replacing(resource.attributes, in: resource)
    case .zone, .node, .group, .grant, .firewall: resource.attributes
    }
  }

  private func cluster(_ resource: Resource) -> Value {
    var attributes = resource.attributes
    attributes[FieldPath(["directory", "baseDN"])] = values.baseDN.map(Value.string) ?? .null
    return attributes
  }

  /// `value` stands for the sealed text also: sealing the same value again changes nothing.
  private func secret(_ resource: Resource) -> Value {
    var attributes = resource.attributes
    attributes["sealed"] = .null
    attributes["value"] = values.secrets[resource.address.name].map(context.sensitive) ?? .null
    return attributes
  }

  private func accessKey(_ resource: Resource) -> Value {
    var attributes = resource.attributes
    guard let key = values.keys[resource.address.name] else {
      // Its secret is the engine's own and stays there, or is in a Secret that did not open.
      guard attributes["imported"]["secret"].isNull else { return attributes }
      attributes["id"] = attributes["imported"]["id"]
      attributes["imported"] = .null
      return attributes
    }
    attributes["imported"] = .null
    attributes["id"] = .string(key.id)
    attributes["secret"] = context.sensitive(key.secret)
    return attributes
  }

  private func bucket(_ resource: Resource) -> Value {
    var attributes = resource.attributes
    if attributes["aliases"].isNull { attributes["aliases"] = [.string(resource.address.name)] }
    return attributes
  }

  private mutating func user(_ resource: Resource) -> Value {
    var attributes = resource.attributes
    if attributes["displayName"].isNull { attributes["displayName"] = .string(resource.address.name) }
    if attributes["surname"].isNull { attributes["surname"] = attributes["displayName"] }
    if !attributes["password"].isNull { attributes["password"] = password(resource) }
    return attributes
  }

  /// `cleartext` or `hash`; both are secrets.
  private mutating func password(_ resource: Resource) -> Value {
    let written = resource.attributes["password"]
    if let hash = written["hash"].text { return ["hash": context.sensitive(hash)] }
    if let name = written["secret"].text {
      return values.secrets[name].map { ["cleartext": context.sensitive($0)] } ?? .null
    }
    guard let sealed = written["sealed"].text else { return .null }
    do {
      return ["cleartext": context.sensitive(try context.unseal(sealed))]
    } catch {
      problems[resource.address, default: []].append(ReferenceValues.unopened(resource, error))
      return .null
    }
  }

  /// The same tree with text in place of templates.
  private mutating func replacing(_ value: Value, in resource: Resource) -> Value {
    switch value {
    case .template(let template): return text(of: template, in: resource)
    case .list(let items):
      var replaced: [Value] = []
      for item in items { replaced.append(replacing(item, in: resource)) }
      return .list(replaced)
    case .map(let members):
      var replaced: Members = [:]
      for (name, member) in members { replaced[name] = replacing(member, in: resource) }
      return .map(replaced)
    default: return value
    }
  }

  private mutating func text(of template: Template, in resource: Resource) -> Value {
    var result = ""
    var isSecret = false
    for segment in template.segments {
      switch segment {
      case .literal(let text): result += text
      case .reference(let reference):
        guard case .success(let match) = ReferenceTable.match(reference),
          let text = values.text(reference, match, for: resource)
        else {
          refuse(reference, in: resource)
          return .template(template)
        }
        result += text
        isSecret = isSecret || match.field.isSecret
      }
    }
    return isSecret ? context.sensitive(result) : .string(result)
  }

  /// By the subject of a reference.
  private static let help = [
    "node": "the service may run on several machines, and none of them is this one",
    "accessKey": "only the engine knows the key's secret; seal it into a Secret, and name that in 'imported.secret'",
  ]

  private mutating func refuse(_ reference: Reference, in resource: Resource) {
    let message = "'${\(reference)}' of \(resource.address) cannot be determined here"
    let help = Resolution.help[reference.subject]
    let problem = Diagnostic(.unresolved, message, at: resource.place, suggestion: help)
    problems[resource.address, default: []].append(problem)
  }
}
