package import RhizomeModel

/// A resource as it is written, for comparing two sets of declarations where nothing can be resolved: references stand as
/// their text, keys and secrets as what they follow from. What is secret is compared, and never shown.
struct DeclaredForm {
  private let desired: DesiredState

  init(_ desired: DesiredState) { self.desired = desired }

  func attributes(_ resource: Resource) -> Value {
    var attributes = Self.spelledOut(resource.attributes)
    switch resource.address.kind {
    case .accessKey where attributes["imported"].isNull:
      // Another generation is another key: who has the old one loses access.
      attributes["id"] = .string("of generation \(attributes["generation"].integer ?? 1)")
    case .user where !attributes["password"].isNull: attributes["password"] = password(attributes["password"])
    case .secret where !attributes["sealed"].isNull: attributes["sealed"] = Self.hidden(attributes["sealed"])
    default: break
    }
    return attributes
  }

  /// A password that is kept in a Secret changes with it.
  private func password(_ written: Value) -> Value {
    guard let name = written["secret"].text else { return .map((written.map ?? [:]).mapValues(Self.hidden)) }
    let secret = desired.resources[Address(.secret, name)]?.attributes ?? .null
    return ["cleartext": Self.hidden(.list([.string(name), secret]))]
  }

  private static func spelledOut(_ value: Value) -> Value {
    switch value {
    case .template(let template): .string(template.source)
    case .list(let elements): .list(elements.map(spelledOut))
    case .map(let members): .map(members.mapValues(spelledOut))
    default: value
    }
  }

  /// The same for equal values, and nothing to read in it: FNV-1a is enough, because what is compared is in the
  /// repository anyway.
  private static func hidden(_ value: Value) -> Value {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in "\(canonical(value))".utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return .sensitive(Sensitive(fingerprint: "declared-\(digest)"))
  }

  /// Members in the same order each time.
  private static func canonical(_ value: Value) -> String {
    switch value {
    case .map(let members):
      members.sorted { $0.key < $1.key }.map { "\($0.key)=\(canonical($0.value))" }.joined(separator: ";")
    case .list(let elements): elements.map(canonical).joined(separator: ",")
    case .string(let text): text
    default: "\(value)"
    }
  }
}

// MARK: - Care

extension DeclarationComparison {
  /// What the plan does not show, because no engine hears of it: protection, and how drift and removal are dealt with.
  /// A sentence for each resource whose care changes.
  package static func changesOfCare(from before: DesiredState, to after: DesiredState) -> [String] {
    before.addresses.compactMap { address in
      guard let old = before.resources[address]?.policies, let new = after.resources[address]?.policies, old != new
      else { return nil }
      return "\(address): \(changes(old, new).joined(separator: ", "))."
    }
  }

  private static func changes(_ old: Policies, _ new: Policies) -> [String] {
    var changes: [String] = []
    if old.isProtected != new.isProtected {
      changes.append(new.isProtected ? "is protected from now on" : "IS NOT PROTECTED ANY MORE")
    }
    if old.drift != new.drift { changes.append("drift: \(old.drift.rawValue) -> \(new.drift.rawValue)") }
    for path in Set(old.fieldDrift.keys).union(new.fieldDrift.keys).sorted() {
      let (before, after) = (old.drift(at: path), new.drift(at: path))
      if before != after { changes.append("drift of \(path): \(before.rawValue) -> \(after.rawValue)") }
    }
    if old.deletion != new.deletion {
      changes.append("when it is no longer declared: \(old.deletion.rawValue) -> \(new.deletion.rawValue)")
    }
    if old.adopts != new.adopts { changes.append(new.adopts ? "is to be taken over" : "is no longer to be taken over") }
    return changes
  }
}
