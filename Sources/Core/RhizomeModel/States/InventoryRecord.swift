/// One resource that Rhizome made or adopted. Only what has a record is ever updated or deleted.
package struct InventoryRecord: Sendable, Hashable, Codable {
  private var content: Shared<Fields>

  package init(
    address: Address,
    attributes: Value,
    engineID: String? = nil,
    driver: String,
    source: String,
    revision: Int,
    policies: Policies = Policies(),
    dependencies: [Address] = [],
    home: Home = .cluster
  ) {
    content = Shared(
      Fields(
        address: address,
        attributes: attributes,
        engineID: engineID,
        driver: driver,
        source: source,
        revision: revision,
        policies: policies,
        dependencies: dependencies.sorted(),
        home: home
      )
    )
  }

  package init(from decoder: any Decoder) throws { content = Shared(try Fields(from: decoder)) }

  package func encode(to encoder: any Encoder) throws { try content.fields.encode(to: encoder) }

  private struct Fields: Sendable, Hashable, Codable {
    let address: Address
    var attributes: Value
    var engineID: String?
    var driver: String
    var source: String
    var revision: Int
    var policies: Policies
    var dependencies: [Address]
    var home: Home
  }
}

extension InventoryRecord {
  package var address: Address { content.fields.address }

  /// What was last made of it; sensitive values by fingerprint.
  package var attributes: Value {
    get { content.fields.attributes }
    set { content.fields.attributes = newValue }
  }

  package var engineID: String? {
    get { content.fields.engineID }
    set { content.fields.engineID = newValue }
  }

  /// The name of the driver that made it.
  package var driver: String {
    get { content.fields.driver }
    set { content.fields.driver = newValue }
  }

  /// Who declared it.
  package var source: String {
    get { content.fields.source }
    set { content.fields.source = newValue }
  }

  /// The revision in which it was made or adopted; what is changed later keeps it.
  package var revision: Int {
    get { content.fields.revision }
    set { content.fields.revision = newValue }
  }

  package var policies: Policies {
    get { content.fields.policies }
    set { content.fields.policies = newValue }
  }

  package var dependencies: [Address] {
    get { content.fields.dependencies }
    set { content.fields.dependencies = newValue }
  }

  package var home: Home {
    get { content.fields.home }
    set { content.fields.home = newValue }
  }
}
