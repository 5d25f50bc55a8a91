/// Values as plain JSON. A sensitive value is written as its fingerprint only, so whatever is stored or sent this way
/// holds no secret; it comes back without its cleartext.
extension Value: Codable {
  private enum Marker: String, CodingKey { case sensitive = "$sensitive", template = "$template" }

  package init(from decoder: any Decoder) throws {
    if let marked = try? decoder.container(keyedBy: Marker.self), let value = try Value.marked(marked) {
      self = value
      return
    }
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([Value].self) {
      self = .list(value)
    } else {
      self = .map(try container.decode(Members.self))
    }
  }

  private static func marked(_ container: KeyedDecodingContainer<Marker>) throws -> Value? {
    if let fingerprint = try container.decodeIfPresent(String.self, forKey: .sensitive) {
      return .sensitive(Sensitive(fingerprint: fingerprint))
    }
    if let source = try container.decodeIfPresent(String.self, forKey: .template) {
      return (try? Template(parsing: source)).map(Value.template) ?? .string(source)
    }
    return nil
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .sensitive(let value):
      var container = encoder.container(keyedBy: Marker.self)
      try container.encode(value.fingerprint, forKey: .sensitive)
    case .template(let value):
      var container = encoder.container(keyedBy: Marker.self)
      try container.encode(value.source, forKey: .template)
    default: try encodePlain(to: encoder)
    }
  }

  private func encodePlain(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .map(let value): try container.encode(value)
    case .null, .sensitive, .template: try container.encodeNil()
    }
  }
}
