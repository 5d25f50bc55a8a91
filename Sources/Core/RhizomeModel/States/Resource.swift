/// A resource as it shall be: validated, with defaults filled in and in the normal form of its schema.
///
/// Its copies share what they say until one of them is changed: thousands of resources pass from step to step, and most
/// of them are the same from one revision to the next.
package struct Resource: Sendable, Hashable, Codable {
  private var content: Content

  package init(
    _ address: Address,
    attributes: Value,
    labels: [String: String] = [:],
    dependencies: [Address] = [],
    policies: Policies = Policies(),
    home: Home = .cluster,
    declaredAt: SourceLocation? = nil
  ) {
    content = Content(
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

  package init(from decoder: any Decoder) throws { content = Content(try Fields(from: decoder)) }

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

  private final class Content: Sendable, Hashable {
    let fields: Fields

    init(_ fields: Fields) { self.fields = fields }

    static func == (left: Content, right: Content) -> Bool { left === right || left.fields == right.fields }

    func hash(into hasher: inout Hasher) { hasher.combine(fields) }
  }

  private mutating func set<Field>(_ path: WritableKeyPath<Fields, Field>, _ value: Field) {
    var fields = content.fields
    fields[keyPath: path] = value
    content = Content(fields)
  }
}

extension Resource {
  package var address: Address { content.fields.address }

  /// The spec, as a map.
  package var attributes: Value {
    get { content.fields.attributes }
    set { set(\.attributes, newValue) }
  }

  package var labels: [String: String] {
    get { content.fields.labels }
    set { set(\.labels, newValue) }
  }

  /// What must exist before this one; sorted.
  package var dependencies: [Address] {
    get { content.fields.dependencies }
    set { set(\.dependencies, newValue) }
  }

  package var policies: Policies {
    get { content.fields.policies }
    set { set(\.policies, newValue) }
  }

  package var home: Home {
    get { content.fields.home }
    set { set(\.home, newValue) }
  }

  /// Where it is declared; for derived resources, where they follow from.
  package var declaredAt: SourceLocation? {
    get { content.fields.declaredAt }
    set { set(\.declaredAt, newValue) }
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
