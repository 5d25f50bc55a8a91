import RhizomeModel

/// What adopted objects are called.
extension Drafting {
  /// Names every object that may be declared: the managed first, then those whose name is given, then the rest in the
  /// order of their keys, so that equal installations get equal names.
  mutating func nameAll() {
    for object in objects {
      if let managed = object.managed { names[object.id] = managed.name }
    }
    var taken = context.taken
    let free = objects.filter { $0.managed == nil && $0.kind != .grant && $0.kind != .portMapping }
    let fixed = free.filter { fixedName($0) != nil }
    for object in fixed where mayBeTaken(object) { nameAsGiven(object, &taken) }
    for object in free where fixedName(object) == nil && mayBeTaken(object) {
      let name = Drafting.unique(Drafting.label(object), object.kind, taken)
      names[object.id] = name
      taken.insert(Address(object.kind, name))
    }
  }

  /// The name that an object must have: by our mark beside it, or because its engine finds it by name.
  private func fixedName(_ object: SurveyedObject) -> String? {
    if let mark = object.mark, mark.clusterID == context.clusterID, mark.address.kind == object.kind {
      return mark.address.name
    }
    return object.isNameFixed ? object.names.first ?? object.key : nil
  }

  private mutating func mayBeTaken(_ object: SurveyedObject) -> Bool {
    if let obstacle = object.obstacle {
      remark(object, obstacle)
      return false
    }
    guard let mark = object.mark, mark.clusterID != context.clusterID else { return true }
    let owner = YAMLScalar.inline(String(mark.clusterID.prefix(40)))
    remark(object, "carries the mark of another cluster, \(owner), and stays that one's")
    return false
  }

  private mutating func nameAsGiven(_ object: SurveyedObject, _ taken: inout Set<Address>) {
    let name = fixedName(object) ?? object.key
    if let expected = TextRule.dnsLabel.problem(with: name) {
      return remark(object, "has a name that no declaration can have; names are \(expected)")
    }
    guard taken.insert(Address(object.kind, name)).inserted else {
      return remark(object, "has the name of another one that is declared already")
    }
    names[object.id] = name
  }

  // MARK: Free names

  /// The first of its names that can be one, or the first made to fit; what the engine calls it only for want of a better.
  private static func label(_ object: SurveyedObject) -> String {
    let given = object.names.filter { $0 != object.key }
    if let fitting = given.first(where: { TextRule.dnsLabel.problem(with: $0) == nil }) { return fitting }
    return object.names.lazy.map(slug).first { !$0.isEmpty } ?? object.kind.referenceWord.lowercased()
  }

  /// Lower-case letters and digits, everything else a hyphen: `www.plant.example` becomes `www-plant-example`.
  static func slug(_ text: String) -> String {
    var result = ""
    for scalar in text.lowercased().unicodeScalars.prefix(200) {
      let fits = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
      if fits { result.unicodeScalars.append(scalar) } else if !result.isEmpty, !result.hasSuffix("-") { result += "-" }
    }
    return trimmed(result, to: 63)
  }

  private static func trimmed(_ text: String, to length: Int) -> String {
    var result = text.prefix(length)
    while result.hasSuffix("-") { result.removeLast() }
    return String(result)
  }

  /// The name, or the name with the first number that nobody has.
  static func unique(_ name: String, _ kind: Kind, _ taken: Set<Address>) -> String {
    if !taken.contains(Address(kind, name)) { return name }
    let numbered = (2...).lazy.map { number in trimmed(name, to: 62 - String(number).count) + "-\(number)" }
    return numbered.first { !taken.contains(Address(kind, $0)) } ?? name
  }
}

extension SurveyedObject {
  var id: Drafting.ObjectKey { Drafting.ObjectKey(kind: kind, key: key) }
}
