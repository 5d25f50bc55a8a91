package import LDAPProtocol

/// One attribute of an entry, with each value also in the form it is compared in.
package struct StoredAttribute: Sendable, Equatable {
  package let description: AttributeDescription
  /// As the client wrote them, in its order.
  package private(set) var values: [[UInt8]]
  /// Parallel to `values`; the value itself where the attribute has no equality rule.
  let normalised: [[UInt8]]

  init(description: AttributeDescription, values: [[UInt8]], normalised: [[UInt8]]) {
    self.description = description
    self.values = values
    self.normalised = normalised
  }
}

/// One entry of the tree.
package struct Entry: Sendable, Equatable {
  package let dn: DistinguishedName
  /// The normalised name; equal names have equal keys.
  package let key: String
  package var attributes: [StoredAttribute]

  /// The values of the attribute without options.
  package func values(of type: Int) -> [[UInt8]] { stored(type)?.values ?? [] }

  func stored(_ type: Int) -> StoredAttribute? {
    let index = attributes.indices.first { index in
      attributes[index].description.type == type && attributes[index].description.options.isEmpty
    }
    return index.map { attributes[$0] }
  }

  /// Puts `attribute` in the place of its namesake; without values it goes away.
  mutating func set(_ attribute: StoredAttribute) {
    let index = attributes.firstIndex { $0.description == attribute.description }
    switch (index, attribute.values.isEmpty) {
    case (let index?, true): attributes.remove(at: index)
    case (let index?, false): attributes[index] = attribute
    case (nil, true): break
    case (nil, false): attributes.append(attribute)
    }
  }

  /// Whether a description is there, possibly with values.
  func stored(_ description: AttributeDescription) -> StoredAttribute? {
    attributes.first { $0.description == description }
  }
}

/// One step of a transaction on the tree.
package enum EntryChange: Sendable, Equatable {
  case put(Entry)
  case remove(key: String)
}

/// An operation that ends in another result than success.
package struct LDAPFailure: Error, Hashable, Sendable {
  package let result: LDAPResult

  init(_ code: LDAPResultCode, _ message: String = "", matchedDN: String = "") {
    result = LDAPResult(code, matchedDN: matchedDN, diagnosticMessage: message)
  }
}
