/// A resource as it shall be: validated, with defaults filled in and in the normal form of its schema.
///
/// Most are the same from one revision to the next, so their copies share what they say.
package struct Resource: Sendable, Hashable, Codable {
  private var content: Shared<Fields>

  package init(
    _ address: Address,
    attributes: Value,
    labels: [String: String] = [:],
    dependencies: [Address] = [],
    policies: Policies = Policies(),
    home: Home = .cluster,
    declaredAt: SourceLocation? = nil
  ) {
    content = Shared(
      Fields(
        address: address,
        attributes: attributes,
        labels: labels,
        dependencies: dependencies.sorted(),
        policies: policies,
        home: home,
        declaredAt: declaredAt
      )
    )
  }

  package init(from decoder: any Decoder) throws { content = Shared(try Fields(from: decoder)) }

  package func encode(to encoder: any Encoder) throws { try content.fields.encode(to: encoder) }

  private struct Fields: Sendable, Hashable, Codable {
    let address: Address
    var attributes: Value
    var labels: [String: String]
    var dependencies: [Address]
    var policies: Policies
    var home: Home
    var declaredAt: SourceLocation?
  }
}

extension Resource {
  package var address: Address { content.fields.address }

  /// The spec, as a map.
  package var attributes: Value {
    get { content.fields.attributes }
    set { content.fields.attributes = newValue }
  }

  package var labels: [String: String] {
    get { content.fields.labels }
    set { content.fields.labels = newValue }
  }

  /// What must exist before this one; sorted.
  package var dependencies: [Address] {
    get { content.fields.dependencies }
    set { content.fields.dependencies = newValue }
  }

  package var policies: Policies {
    get { content.fields.policies }
    set { content.fields.policies = newValue }
  }

  package var home: Home {
    get { content.fields.home }
    set { content.fields.home = newValue }
  }

  /// Where it is declared; for derived resources, where they follow from.
  package var declaredAt: SourceLocation? {
    get { content.fields.declaredAt }
    set { content.fields.declaredAt = newValue }
  }
}

/// What to do with a resource that is no longer declared.
package enum DeletionPolicy: String, Sendable, Hashable, Codable { case retain, delete }

/// A place in a manifest. Lines and columns count from 1, columns in characters.
package struct SourceLocation: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  package let file: String
  package let line: Int
  package let column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  package var description: String { "\(file):\(line):\(column)" }

  package static func < (left: SourceLocation, right: SourceLocation) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }
}
