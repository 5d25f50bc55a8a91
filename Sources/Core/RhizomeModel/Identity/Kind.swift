/// The family of a resource: what `kind:` says in a manifest, or one that Rhizome derives from declarations.
package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
  case cluster = "Cluster"
  case zone = "Zone"
  case node = "Node"
  case secret = "Secret"
  case accessKey = "AccessKey"
  case bucket = "Bucket"
  /// Derived: the permissions of one access key on one bucket. Named `BUCKET.KEY`.
  case grant = "Grant"
  case user = "User"
  case group = "Group"
  case service = "Service"
  /// Derived: one public port of one home. Named `ZONE.PROTOCOL-PORT`, so that a port has one owner in a zone.
  case portMapping = "PortMapping"
  /// Derived: what one machine lets in. Named after its node.
  case firewall = "Firewall"

  /// True when people never declare it: it follows from other declarations.
  package var isDerived: Bool { [.grant, .portMapping, .firewall].contains(self) }

  /// The kinds that a manifest may declare.
  package static var declarable: [Kind] { allCases.filter { !$0.isDerived } }

  /// Position in `allCases`: what others build on comes first. A number at hand rather than looked up, because sorting
  /// and finding thousands of addresses asks for it a hundred thousand times.
  package var rank: Int {
    switch self {
    case .cluster: 0
    case .zone: 1
    case .node: 2
    case .secret: 3
    case .accessKey: 4
    case .bucket: 5
    case .grant: 6
    case .user: 7
    case .group: 8
    case .service: 9
    case .portMapping: 10
    case .firewall: 11
    }
  }

  /// By the rank: what a type with raw values gets otherwise hashes the text.
  package func hash(into hasher: inout Hasher) { hasher.combine(rank) }

  /// The component whose driver keeps resources of this kind.
  package var component: Component {
    switch self {
    case .cluster, .zone, .node, .secret: .records
    case .accessKey, .bucket, .grant: .storage
    case .user, .group: .directory
    case .portMapping, .firewall: .gateway
    case .service: .services
    }
  }

  /// `a Bucket`, `an AccessKey`.
  package var withArticle: String { self == .accessKey ? "an \(rawValue)" : "a \(rawValue)" }

  /// The word that names this kind inside a reference, such as `bucket` in `${bucket.media.endpoint}`.
  package var referenceWord: String { rawValue.prefix(1).lowercased() + rawValue.dropFirst() }
}

/// A family of kinds with one chosen driver.
package enum Component: String, Sendable, Hashable, Codable, CaseIterable {
  /// Kinds that exist in Rhizome's own records only.
  case records
  case storage
  case directory
  case gateway
  case services
}
