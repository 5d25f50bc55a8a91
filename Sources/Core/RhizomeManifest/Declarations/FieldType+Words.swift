internal import RhizomeModel

/// How types are called in messages and on the reference page.
extension FieldType {
  /// To follow "must be".
  var expectation: String {
    switch self {
    case .text(.any), .text(.template): "text"
    case .text(let rule): rule.expectation
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .quantity(let quantity, _): "\(quantity.noun) such as \(quantity.example)"
    case .enumeration(let choices): "one of: \(choices.map(\.word).joined(separator: ", "))"
    case .reference(let kind): "the name of \(kind.withArticle)"
    case .list, .set: "a list"
    case .keyed: "a list of maps"
    case .map, .object: "a map"
    }
  }
}

extension Quantity {
  var noun: String {
    switch self {
    case .byteSize: "a size"
    case .duration: "a duration"
    case .bandwidth: "a bandwidth"
    }
  }
}
