/// Fields that all copies share until one of them is changed: thousands of resources, records and observations pass from
/// step to step, and each hand-over would copy every field.
struct Shared<Fields: Sendable & Hashable>: Sendable, Hashable {
  private var content: Content

  init(_ fields: Fields) { content = Content(fields) }

  var fields: Fields {
    get { content.fields }
    set { content = Content(newValue) }
  }

  private final class Content: Sendable, Hashable {
    let fields: Fields

    init(_ fields: Fields) { self.fields = fields }

    static func == (left: Content, right: Content) -> Bool { left === right || left.fields == right.fields }

    func hash(into hasher: inout Hasher) { hasher.combine(fields) }
  }
}
