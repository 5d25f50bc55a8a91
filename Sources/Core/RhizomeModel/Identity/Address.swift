/// The identity of a resource: `Kind/name`, such as `Bucket/site`.
///
/// Ordered by kind in the order of `Kind.allCases`, then by name, so that lists of addresses read the same everywhere.
package struct Address: Sendable {
  package let kind: Kind
  package let name: String
  /// Of the name: found once, because each address is looked up in many tables.
  private let hash: Int

  package init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
    self.hash = name.hashValue
  }

  /// Reads `Kind/name`; nil when the kind is none of ours or the name is empty.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), !parts[1].isEmpty else { return nil }
    self.init(kind, String(parts[1]))
  }
}

extension Address: Hashable {
  package static func == (left: Address, right: Address) -> Bool {
    left.hash == right.hash && left.kind == right.kind && left.name == right.name
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(hash &+ kind.rank) }
}

extension Address: CustomStringConvertible {
  package var description: String { "\(kind.rawValue)/\(name)" }
}

extension Address: Comparable {
  package static func < (left: Address, right: Address) -> Bool {
    left.kind == right.kind ? left.name < right.name : left.kind.rank < right.kind.rank
  }
}

extension Address: Codable {
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let address = Address(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not an address such as Bucket/site")
      )
    }
    self = address
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Who may act on a resource.
package enum Home: Sendable, Hashable, Codable {
  /// The one node that is elected for the whole cluster.
  case cluster
  /// Any node of the named zone.
  case zone(String)
  /// The named node only.
  case node(String)
}
