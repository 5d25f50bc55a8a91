/// A resource as it shall be: validated, with defaults filled in and in the normal form of its schema.
package struct Resource: Sendable, Hashable, Codable {
  package let address: Address
  /// The spec, as a map.
  package var attributes: Value
  package var labels: [String: String]
  /// What must exist before this one; sorted.
  package var dependencies: [Address]
  package var policies: Policies
  package var home: Home
  /// Where it is declared; for derived resources, where they follow from.
  package var declaredAt: SourceLocation?

  package init(
    _ address: Address,
    attributes: Value,
    labels: [String: String] = [:],
    dependencies: [Address] = [],
    policies: Policies = Policies(),
    home: Home = .cluster,
    declaredAt: SourceLocation? = nil
  ) {
    self.address = address
    self.attributes = attributes
    self.labels = labels
    self.dependencies = dependencies.sorted()
    self.policies = policies
    self.home = home
    self.declaredAt = declaredAt
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
