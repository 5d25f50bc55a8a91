/// A resource that exists.
package struct ObservedResource: Sendable, Hashable {
  private var content: Shared<Fields>

  package init(
    attributes: Value,
    engineID: String? = nil,
    mark: OwnershipMark? = nil,
    facts: [String: Value] = [:]
  ) {
    content = Shared(Fields(attributes: attributes, engineID: engineID, mark: mark, facts: facts))
  }

  private struct Fields: Sendable, Hashable {
    var attributes: Value
    var engineID: String?
    var mark: OwnershipMark?
    var isStranger = false
    var facts: [String: Value]
  }

  /// The same with these top-level fields known to be shown: where there is no value, they are unset in the engine, and
  /// that is drift when they were made.
  package func showing(_ fields: String...) -> ObservedResource {
    var members = attributes.map ?? [:]
    for field in fields where members[field] == nil { members[field] = .some(.null) }
    var copy = self
    copy.attributes = .map(members)
    return copy
  }
}

extension ObservedResource {
  /// In the form of the kind's schema. A top-level field that the engine cannot show is left out, and not compared; one
  /// that it shows as unset is there, as null or an empty collection (`showing` fills these in). Below a field that is
  /// there, what is missing is unset.
  package var attributes: Value {
    get { content.fields.attributes }
    set { content.fields.attributes = newValue }
  }

  /// What the engine calls it, where that is not its name.
  package var engineID: String? {
    get { content.fields.engineID }
    set { content.fields.engineID = newValue }
  }

  /// Whose it is, where the engine can say so.
  package var mark: OwnershipMark? {
    get { content.fields.mark }
    set { content.fields.mark = newValue }
  }

  /// The engine marks everything that is ours, and this has no mark: somebody else made it, whatever our records say.
  package var isStranger: Bool {
    get { content.fields.isStranger }
    set { content.fields.isStranger = newValue }
  }

  /// What is known beyond the spec and never compared, such as the number of objects in a bucket (`objects`, `bytes`) or
  /// a few words on whose it is (`holder`).
  package var facts: [String: Value] {
    get { content.fields.facts }
    set { content.fields.facts = newValue }
  }
}
