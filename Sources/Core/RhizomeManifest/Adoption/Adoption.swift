package import RhizomeModel

/// What declares an installation as it is: the declarations, and what they leave out.
package struct AdoptionDraft: Sendable, Hashable, Codable {
  /// Each marked for adoption, sorted by address.
  package var declarations: [WrittenDeclaration]
  /// What could not be read and what cannot be declared, sorted.
  package var remarks: [SurveyRemark]

  package init(declarations: [WrittenDeclaration] = [], remarks: [SurveyRemark] = []) {
    (self.declarations, self.remarks) = (declarations, remarks)
  }
}

/// From what engines hold to declarations that change nothing in them. Pure: equal input gives equal output.
package enum Adoption {
  /// What is known beside the surveys.
  package struct Context: Sendable {
    /// This cluster's; what carries another one's mark is not ours to take.
    package var clusterID: String
    /// Everything that is declared or in the inventory: these names are taken.
    package var taken: Set<Address>
    /// Everything that is declared: where machines stand, and which ports are claimed.
    package var desired: DesiredState?

    package init(clusterID: String, taken: Set<Address> = [], desired: DesiredState? = nil) {
      (self.clusterID, self.taken, self.desired) = (clusterID, taken, desired)
    }
  }

  package static let annotations = ["rhizome/adopt": "true"]

  /// Declares everything in the survey that nobody declares yet.
  package static func draft(_ survey: Survey, _ context: Context) -> AdoptionDraft {
    var drafting = Drafting(survey, context)
    drafting.nameAll()
    for object in drafting.objects where object.managed == nil && drafting.address(of: object) != nil {
      drafting.declare(object)
    }
    drafting.remarkOnGrants()
    drafting.declarePorts()
    return AdoptionDraft(
      declarations: drafting.declarations.sorted { $0.address < $1.address },
      remarks: Set(drafting.remarks).sorted()
    )
  }
}

/// One draft in the making.
struct Drafting {
  let context: Adoption.Context
  /// In a fixed order.
  let objects: [SurveyedObject]
  /// By kind and key: what managed objects are called, and what the others will be.
  var names: [ObjectKey: String] = [:]
  var declarations: [WrittenDeclaration] = []
  var remarks: [SurveyRemark]

  struct ObjectKey: Hashable {
    let kind: Kind
    let key: String
  }

  init(_ survey: Survey, _ context: Adoption.Context) {
    self.context = context
    objects = survey.objects.sorted { ($0.kind.rawValue, $0.key) < ($1.kind.rawValue, $1.key) }
    remarks = survey.remarks
  }

  func name(_ kind: Kind, _ key: String?) -> String? { key.flatMap { names[ObjectKey(kind: kind, key: $0)] } }

  func address(of object: SurveyedObject) -> Address? {
    name(object.kind, object.key).map { Address(object.kind, $0) }
  }

  /// What an object is called in remarks, whatever its name holds.
  func subject(_ object: SurveyedObject) -> String {
    // Made of a home's name and a number.
    if object.kind == .portMapping { return "\(object.kind.rawValue)/\(object.key)" }
    return address(of: object)?.description
      ?? "\(object.kind.rawValue) \(YAMLScalar.inline(String((object.names.first ?? object.key).prefix(80))))"
  }

  mutating func remark(_ object: SurveyedObject, _ message: String) {
    remarks.append(SurveyRemark(.inexpressible, subject(object), message))
  }

  /// Declares one object, or says why not.
  mutating func declare(_ object: SurveyedObject) {
    guard let address = address(of: object) else { return }
    let spec: Value?
    switch object.kind {
    case .accessKey: spec = accessKey(object)
    case .bucket: spec = bucket(object, address.name)
    case .user: spec = user(object, address.name)
    case .group: spec = group(object)
    default: spec = nil
    }
    guard let spec else { return }
    for message in object.remarks { remark(object, message) }
    settle(object, WrittenDeclaration(address, annotations: Adoption.annotations, spec: spec))
  }

  /// Takes a declaration whose text reads back as what it says; fields that do not are left out where that changes
  /// nothing in the engine.
  private mutating func settle(_ object: SurveyedObject, _ declaration: WrittenDeclaration) {
    guard let problem = ManifestReader.problem(with: declaration) else { return declarations.append(declaration) }
    let needed = Drafting.needed[object.kind] ?? []
    var rest = declaration
    rest.spec = .map((declaration.spec.map ?? [:]).filter { needed.contains($0.key) })
    guard ManifestReader.problem(with: rest) == nil else { return remark(object, "cannot be declared: \(problem)") }
    for (field, value) in declaration.spec.map ?? [:] where !needed.contains(field) {
      var more = rest
      more.spec[field] = value
      if let problem = ManifestReader.problem(with: more) {
        remark(object, "keeps its '\(field)', which cannot be declared: \(problem)")
      } else {
        rest = more
      }
    }
    declarations.append(rest)
  }

  /// Fields that mean something else when they are left out.
  private static let needed: [Kind: Set<String>] = [
    .accessKey: ["imported", "createBucket"], .bucket: ["aliases"], .user: ["displayName", "surname"],
    .group: ["members"],
  ]
}
