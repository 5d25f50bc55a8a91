import DirectoryTestSupport
import Foundation
import LDAPClient
import LDAPProtocol
import ObjectStore
import RhizomeModel
import S3Protocol

/// SplitMix64: the same numbers for the same seed, everywhere.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func number(_ range: ClosedRange<Int>) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return range.lowerBound + Int((mixed ^ (mixed >> 31)) % UInt64(range.count))
  }

  mutating func chance(_ percent: Int) -> Bool { number(1...100) <= percent }
  mutating func pick<T>(_ items: [T]) -> T { items[number(0...(items.count - 1))] }
  mutating func hexadecimal(_ count: Int) -> String {
    (0..<count).map { _ in String(number(0...15), radix: 16) }.joined()
  }
}

/// One made-up installation: engines that somebody filled by other means than manifests.
///
/// It notes by itself, without asking the product, what has to be declared in the end and what must stay out of every file.
struct Installation {
  private(set) var dice: Dice
  private(set) var secrets: Set<String> = []
  /// How many resources of each kind have to be declared.
  private(set) var expected: [Kind: Int] = [:]
  /// How many objects cannot be declared, or not wholly, so that a remark has to speak of each.
  private(set) var oddities = 0

  private var accounts: [String] = []

  init(seed: UInt64) { dice = Dice(seed: seed) }

  /// What stands in the way of careless writers of YAML.
  static let texts = [
    "Publishes", "Rivière & Cie", "yes", "no: really", "- dash", "#hash", "'quoted'", "\"double\"", "a\\b", "a\tb",
    "{flow}, [flow]", "null", "0x1F", "1e3", "two\nlines", " leading", "trailing ", "日本語", "\u{202E}evil", "*alias",
    "&anchor",
    "!tag", "%directive", "@at", "`tick`", "key: value", "a | b > c", "~", "---", "\u{7F}", "🌱",
  ]

  private mutating func text() -> String { dice.pick(Self.texts) }

  private mutating func expect(_ kind: Kind) { expected[kind, default: 0] += 1 }

  private mutating func secret() -> String {
    let text = dice.hexadecimal(40)
    secrets.insert(text)
    return text
  }

  // MARK: Storage

  mutating func fill(_ store: ObjectStore, cluster: String, managedBucket: String?) async throws {
    var keys: [String] = []
    for number in 0..<dice.number(0...4) { keys.append(try await addKey(number, store, cluster)) }
    var buckets: [String] = []
    for number in 0..<dice.number(0...4) { buckets.append(try await addBucket(number, store, cluster)) }
    for bucket in buckets {
      for key in keys where dice.chance(60) {
        try await store.setGrant(
          bucketID: bucket,
          keyID: key,
          Permissions(rawValue: dice.pick([1, 2, 3, 4, 5, 7])),
          mark: nil
        )
      }
    }
    if let managedBucket, let key = keys.first, dice.chance(30) {
      try await store.setGrant(bucketID: managedBucket, keyID: key, .read, mark: nil)
      oddities += 1
    }
  }

  private mutating func addKey(_ number: Int, _ store: ObjectStore, _ cluster: String) async throws -> String {
    let id = "GK" + dice.hexadecimal(24)
    let expiry = dice.chance(30) ? S3Protocol.Timestamp(seconds: 1_900_000_000) : nil
    let settings = AccessKeySettings(
      name: dice.chance(80) ? text() : "",
      expiry: expiry,
      mayCreateBuckets: dice.chance(30)
    )
    let mark = dice.chance(15) ? "rhizome:\(cluster):AccessKey/kept-\(number)" : nil
    try await store.importKey(id: id, secret: secret(), settings, mark: mark)
    expect(.accessKey)
    return id
  }

  private mutating func addBucket(_ number: Int, _ store: ObjectStore, _ cluster: String) async throws -> String {
    let forms = ["b\(number).plant", "b\(number)-plant", "www.b\(number).example", "bucket\(number)", "b\(number)"]
    let fitting = forms.filter { $0.utf8.count >= 3 }
    var aliases: Set<String> = []
    for _ in 0..<dice.number(1...3) { aliases.insert(dice.pick(fitting)) }
    let isNameless = dice.chance(5)
    let site: BucketSettings.Website? =
      dice.chance(40)
      ? .init(index: dice.pick(["index.html", "a b.html"]), error: dice.chance(50) ? "404.html" : nil) : nil
    let quotas = BucketSettings.Quotas(
      maximumByteCount: dice.chance(40) ? Int64(dice.number(0...9)) * 1_000_000_007 : nil,
      maximumObjectCount: dice.chance(30) ? Int64(dice.number(0...99)) : nil
    )
    let mark: String? =
      dice.chance(10)
      ? "rhizome:other:Bucket/b\(number)" : dice.chance(15) ? "rhizome:\(cluster):Bucket/kept-\(number)" : nil
    let isTheirs = mark?.hasPrefix("rhizome:other") ?? false
    let settings = BucketSettings(aliases: isNameless ? [] : aliases.sorted(), website: site, quotas: quotas)
    let bucket = try await store.createBucket(settings, mark: mark)
    if isTheirs || isNameless { oddities += 1 } else { expect(.bucket) }
    return bucket.id
  }

  // MARK: Directory

  mutating func fill(_ directory: EmbeddedDirectory) async throws {
    let client = try await directory.connectAsManager()
    let base = EmbeddedDirectory.suffix
    for (dn, type) in [
      (base, "organization"), ("ou=users,\(base)", "ou"), ("ou=groups,\(base)", "ou"), ("ou=hosts,\(base)", "ou"),
    ] {
      let attributes =
        type == "ou"
        ? [LDAPAttribute("objectClass", ["organizationalUnit"])]
        : [LDAPAttribute("objectClass", ["dcObject", "organization"]), LDAPAttribute("o", ["example"])]
      do { try await client.add(dn: dn, attributes: attributes) } catch let error as LDAPClientError
        where error.resultCode == .entryAlreadyExists
      {}
    }
    oddities += 1  // ou=hosts is neither a person nor a group.
    for number in 0..<dice.number(0...4) { try await addUser(number, client, base) }
    for number in 0..<dice.number(0...3) { try await addGroup(number, client, base) }
    await client.close()
  }

  private mutating func addUser(_ number: Int, _ client: LDAPClient, _ base: String) async throws {
    let isOdd = dice.chance(15)
    let name = isOdd ? "anne.\(number)" : "Anne\(number)"
    var attributes = [LDAPAttribute("objectClass", ["inetOrgPerson", "extensibleObject"])]
    var names = Set([text()])
    if dice.chance(30) { names.insert(text()) }
    attributes.append(LDAPAttribute("cn", names.sorted()))
    attributes.append(LDAPAttribute("sn", [dice.chance(50) ? "Rivière" : text()]))
    if dice.chance(60) { attributes.append(LDAPAttribute("displayName", [text()])) }
    if dice.chance(50) { attributes.append(LDAPAttribute("givenName", [text()])) }
    if dice.chance(50) {
      attributes.append(
        LDAPAttribute("mail", dice.chance(70) ? ["anne@plant.example", "a@b.example"] : ["not a mail"])
      )
    }
    if dice.chance(60) { attributes.append(LDAPAttribute("userPassword", [secret()])) }
    if dice.chance(40) { attributes.append(LDAPAttribute("roomNumber", [text(), "7"])) }
    if dice.chance(30) { attributes.append(LDAPAttribute("employeeNumber", ["\(number)"])) }
    let hasPicture = dice.chance(15)
    if hasPicture { attributes.append(LDAPAttribute("jpegPhoto", [[0xFF, 0xD8, 0xFF]])) }
    try await client.add(dn: "uid=\(name),ou=users,\(base)", attributes: attributes)
    accounts.append(name.lowercased())
    if isOdd { oddities += 1 } else { expect(.user) }
    if hasPicture, !isOdd { oddities += 1 }
  }

  private mutating func addGroup(_ number: Int, _ client: LDAPClient, _ base: String) async throws {
    var members: [String] = []
    for account in accounts where dice.chance(60) { members.append(account) }
    let stranger = dice.chance(10) ? ["cn=somebody,ou=hosts,\(base)"] : []
    let dns = members.map { "uid=\($0),ou=users,\(base)" } + stranger
    let own = "cn=Group\(number),ou=groups,\(base)"
    var attributes = [
      LDAPAttribute("objectClass", ["groupOfNames"]), LDAPAttribute("member", dns.isEmpty ? [own] : dns),
    ]
    if dice.chance(60) { attributes.append(LDAPAttribute("description", [text()])) }
    try await client.add(dn: own, attributes: attributes)
    let isWhole = stranger.isEmpty && !members.contains { $0.contains(".") }
    if isWhole { expect(.group) } else { oddities += 1 }
  }

  // MARK: Gateway

  mutating func mappings() -> [PlantedRouter.Mapping] {
    var ports: Set<Int64> = []
    var inner: Set<Int64> = []
    var services: Set<String> = []
    var result: [PlantedRouter.Mapping] = []
    for _ in 0..<dice.number(0...5) {
      let (external, port) = (Int64(dice.number(1...20)), Int64(dice.number(8_000...8_020)))
      guard ports.insert(external).inserted, inner.insert(port).inserted else { continue }
      let isHere = dice.chance(70)
      let label = dice.pick(["Nextcloud", "nextcloud", "", "web: [1]", "\u{202E}", "日本"])
      result.append(
        .init(external: external, inner: port, client: isHere ? "192.168.1.20" : "192.168.1.99", label: label)
      )
      if isHere {
        services.insert(label.lowercased().hasPrefix("next") ? "nextcloud" : label.hasPrefix("web") ? "web" : "")
      } else {
        oddities += 1
      }
    }
    if !services.isEmpty { expected[.service] = services.count }
    return result
  }
}
