import RhizomeAPIServer
import RhizomeManifest
import RhizomeModel
import RhizomePlanner
import Testing

/// What was just made is never drift: every field of every kind that the embedded engines keep, written as people write
/// it, made in the real engines, and looked at again.
@Suite("Right after birth", .serialized)
struct BirthTests {
  private static let kinds: [Kind] = [.accessKey, .bucket, .grant, .user, .group]

  @Test("nothing that was made differs from what was declared", arguments: samples.indices)
  func noDrift(index: Int) async throws {
    try await Site.with(seed: 1) { site in
      let files = [Site.foundation, Self.samples[index]]
      try await site.apply(files)
      let plan = try await site.plan(files)
      #expect(plan.isEmpty, "\(plan.actions)")
      #expect(plan.drift.isEmpty, "\(plan.drift)")
      let report = try await site.plane.drift(refresh: true, since: nil)
      #expect(report.entries.isEmpty, "\(report.entries)")
    }
  }

  @Test("every field is among the samples, also one that is added tomorrow", arguments: kinds)
  func everyField(kind: Kind) throws {
    let texts = Self.samples.map { Site.foundation + "---\n" + $0 }
    let states = texts.map { Manifest.load([ManifestFile(path: "a.yaml", bytes: Array($0.utf8))], source: "s") }
    let specs = try states.flatMap { try #require($0.desired, "\($0.diagnostics)").all(kind).map(\.attributes) }
    let kept = Self.fields(Schema.spec(of: kind)).filter { !Self.refused.contains($0[0]) }
    let missing = kept.filter { path in !specs.contains { Self.holds($0, path[...]) } }
    #expect(missing.isEmpty, "no sample has \(missing.map { $0.joined(separator: ".") })")
  }

  /// What the embedded store cannot do, and says so.
  private static let refused: Set<String> = ["cors", "lifecycle"]

  /// The paths of all fields that are compared; `*` stands for any name or item.
  private static func fields(_ schema: ObjectSchema) -> [[String]] {
    schema.fields.filter { $0.ownership == .manifest }.flatMap { field in
      let inner = fields(field.type)
      return inner.isEmpty ? [[field.name]] : inner.map { [field.name] + $0 }
    }
  }

  private static func fields(_ type: FieldType) -> [[String]] {
    switch type {
    case .object(let schema): fields(schema)
    case .list(let element): fields(element).map { ["*"] + $0 }
    case .map: [["*"]]
    default: []
    }
  }

  private static func holds(_ value: Value, _ path: ArraySlice<String>) -> Bool {
    guard let step = path.first else { return !value.isNull }
    guard step == "*" else { return holds(value[step], path.dropFirst()) }
    let inner = value.list ?? value.map.map { Array($0.values) } ?? []
    return inner.contains { holds($0, path.dropFirst()) }
  }

  static let samples = [storage, plainStorage, people, plainPeople]

  private static let storage = """
    apiVersion: rhizome/v1
    kind: AccessKey
    metadata: {name: printer}
    spec: {displayName: "Rivière & Cie: 'publishes'", expiry: 2031-01-31, createBucket: true}
    ---
    apiVersion: rhizome/v1
    kind: Secret
    metadata: {name: old-key}
    spec: {generated: {length: 64, alphabet: hex}}
    ---
    apiVersion: rhizome/v1
    kind: AccessKey
    metadata: {name: imported}
    spec: {expiry: "2031-01-31T12:00:00Z", imported: {id: GK31c2f218a2e44f485b94239e, secret: old-key}}
    ---
    apiVersion: rhizome/v1
    kind: Bucket
    metadata: {name: site}
    spec:
      aliases: [www.plant.example, site, a.plant.example]
      website: {index: "a b.html", error: 404.html}
      quotas: {size: 1.5GiB, objects: 1000}
      access:
        - {key: printer, permissions: [write, read]}
        - {key: imported, permissions: [owner]}

    """

  private static let plainStorage = """
    apiVersion: rhizome/v1
    kind: AccessKey
    metadata: {name: plain}
    ---
    apiVersion: rhizome/v1
    kind: Bucket
    metadata: {name: plain}
    spec: {website: {}, quotas: {objects: 0}, access: [{key: plain, permissions: [read]}]}
    ---
    apiVersion: rhizome/v1
    kind: Bucket
    metadata: {name: bare}

    """

  private static let people = """
    apiVersion: rhizome/v1
    kind: Secret
    metadata: {name: first}
    spec: {generated: {}}
    ---
    apiVersion: rhizome/v1
    kind: AccessKey
    metadata: {name: alices}
    ---
    apiVersion: rhizome/v1
    kind: User
    metadata: {name: alice}
    spec:
      displayName: 'Alice  Rivière, "Cie" + #1; <x>=\\ '
      givenName: " Alice"
      surname: RIVIÈRE
      mail: [zoe@plant.example, Alice@Plant.Example]
      password: {secret: first}
      sshKeys:
        - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@laptop
        - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJm
      attributes: {employeeNumber: ["7"], telephoneNumber: ["+33 1 23 45", "+33 1 00 00"], preferredLanguage: [fr]}
      accessKey: alices
    ---
    apiVersion: rhizome/v1
    kind: Group
    metadata: {name: team}
    spec: {description: "They look after the machines \u{2603}", members: [bob, alice]}
    ---
    apiVersion: rhizome/v1
    kind: User
    metadata: {name: bob}
    spec: {password: {hash: "{SSHA}TlFzY2hhcHBlZGl0b3VjaGVzYWx0c2FsdA=="}}

    """

  private static let plainPeople = """
    apiVersion: rhizome/v1
    kind: User
    metadata: {name: carol}
    ---
    apiVersion: rhizome/v1
    kind: User
    metadata: {name: dan}
    spec: {displayName: DAN, surname: dan, mail: []}
    ---
    apiVersion: rhizome/v1
    kind: Group
    metadata: {name: nobody}
    spec: {members: []}

    """
}
