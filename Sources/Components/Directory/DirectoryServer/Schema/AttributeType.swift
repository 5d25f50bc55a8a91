/// What the schema knows about one attribute (RFC 4512 4.1.2), inheritance resolved.
package struct AttributeType: Sendable {
  /// Who may see and change the attribute.
  package enum Usage: Hashable, Sendable {
    case userApplications
    case operational
  }

  /// Its place in the schema's table; equal ids mean the same attribute.
  package let id: Int
  package let oid: String
  /// The first is the one shown.
  package let names: [String]
  package let superior: Int?
  package let syntax: String
  package let isSingleValued: Bool
  package let isUserModifiable: Bool
  package let usage: Usage
  let equality: MatchingFamily?
  let ordering: MatchingFamily?
  let substrings: MatchingFamily?
  /// The definition in the text form of RFC 4512.
  package let definition: String

  package var name: String { names.first ?? oid }
}

/// An attribute type with options such as `;lang-fr` (RFC 4512 2.5).
package struct AttributeDescription: Hashable, Sendable {
  package let type: Int
  /// Lower case, sorted.
  package let options: [String]

  /// Whether values under this description answer questions about `wanted` of the same type.
  func hasOptions(of wanted: AttributeDescription) -> Bool {
    wanted.options.isEmpty || wanted.options.allSatisfy(options.contains)
  }
}

/// A class of entries (RFC 4512 4.1.1).
package struct ObjectClass: Sendable {
  package enum Kind: Hashable, Sendable {
    case abstract
    case structural
    case auxiliary
  }

  package let oid: String
  package let names: [String]
  package let kind: Kind
  /// Lower-case first names of all classes above, nearest first.
  package let superiors: [String]
  /// Ids of the attributes that entries must and may have, those of the superiors included.
  package let must: Set<Int>
  package let may: Set<Int>
  package let definition: String

  package var name: String { names.first ?? oid }
}
