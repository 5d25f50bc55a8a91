/// Everything that one engine holds, ours or not: what an installation is adopted from. Holds no secrets.
package struct Survey: Sendable, Hashable {
  package var objects: [SurveyedObject]
  /// What is there beside the objects and cannot be declared, or could not be read.
  package var remarks: [SurveyRemark]

  package init(objects: [SurveyedObject] = [], remarks: [SurveyRemark] = []) {
    (self.objects, self.remarks) = (objects, remarks)
  }
}

/// One object as its engine keeps it.
package struct SurveyedObject: Sendable, Hashable {
  package let kind: Kind
  /// What the engine knows it by. Other objects of the survey refer to it by this.
  package let key: String
  /// The resource that it is already; nil where it is declared by nobody and in no inventory.
  package var managed: Address?
  /// What it could be called, best first: any text.
  package var names: [String]
  /// The engine finds it by its name, so it can have no other.
  package var isNameFixed: Bool
  /// In the form of the kind's schema, references by the `key` of what they lead to. Secrets are left out.
  package var attributes: Value
  package var mark: OwnershipMark?
  /// What about it cannot be declared, each a few words to follow its name.
  package var remarks: [String]
  /// Why it cannot be declared at all; nil when it can.
  package var obstacle: String?

  package init(
    _ kind: Kind,
    key: String,
    managed: Address? = nil,
    names: [String],
    isNameFixed: Bool = false,
    attributes: Value,
    mark: OwnershipMark? = nil,
    remarks: [String] = [],
    obstacle: String? = nil
  ) {
    (self.kind, self.key, self.managed, self.names, self.isNameFixed) = (kind, key, managed, names, isNameFixed)
    (self.attributes, self.mark, self.remarks, self.obstacle) = (attributes, mark, remarks, obstacle)
  }
}

/// Something that a survey, or what is made of it, has to tell people.
package struct SurveyRemark: Sendable, Hashable, Codable, Comparable {
  package enum Reason: String, Sendable, Hashable, Codable {
    /// It could not be read, so nobody knows what is there.
    case unknown
    /// It is there, stays as it is, and has no place in a manifest.
    case inexpressible
    /// People look after it, and Rhizome does not ask it: there is nothing to read.
    case byHand
  }

  package let reason: Reason
  /// What it is about, such as `Bucket site` or `the directory`.
  package let subject: String
  /// A sentence without its subject.
  package let message: String

  package init(_ reason: Reason, _ subject: String, _ message: String) {
    (self.reason, self.subject, self.message) = (reason, subject, message)
  }

  package static func < (left: SurveyRemark, right: SurveyRemark) -> Bool {
    (left.reason.rawValue, left.subject, left.message) < (right.reason.rawValue, right.subject, right.message)
  }
}
