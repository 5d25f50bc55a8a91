internal import RhizomeModel

/// What followed from declarations when references were last resolved, as long as it follows from nothing else: so that a
/// change of one declaration costs the resolving of that one.
///
/// Holds the secrets of access keys in memory, as the desired state does.
package struct ResolverMemory: Sendable {
  private var resources: [Address: (declared: Resource, resolved: Resource)] = [:]
  private var keys: [String: (generation: Int64, id: String, secret: String)] = [:]

  /// Remembers nothing yet.
  package init() {}

  /// The resolved resource, known or made.
  mutating func resolved(_ resource: Resource, attributes: (Resource) -> Value) -> Resource {
    if let known = resources[resource.address], known.declared == resource { return known.resolved }
    var made = resource
    made.attributes = attributes(resource)
    if ResolverMemory.isLasting(resource) { resources[resource.address] = (resource, made) }
    return made
  }

  /// The id and the secret of a generated key, known or made.
  mutating func key(
    _ name: String,
    generation: Int64,
    _ make: (_ name: String, _ generation: Int64) -> (id: String, secret: String)
  ) -> (id: String, secret: String) {
    if let known = keys[name], known.generation == generation { return (known.id, known.secret) }
    let made = make(name, generation)
    keys[name] = (generation, made.id, made.secret)
    return made
  }

  /// Whether its own declaration says everything, with the cluster's master key.
  private static func isLasting(_ resource: Resource) -> Bool {
    switch resource.address.kind {
    case .user: resource.attributes["password"].isNull
    case .accessKey: resource.attributes["imported"].isNull
    case .bucket, .group, .grant, .zone, .node: true
    default: false
    }
  }

  /// Forgets what is not declared any more.
  mutating func keep(_ desired: DesiredState) {
    guard resources.count + keys.count > 2 * desired.resources.count else { return }
    resources = resources.filter { desired.resources[$0.key] != nil }
    keys = keys.filter { desired.resources[Address(.accessKey, $0.key)] != nil }
  }
}
