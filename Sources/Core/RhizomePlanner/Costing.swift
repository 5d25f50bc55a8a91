import RhizomeModel

/// Last step: what an action costs here, and who notices.
enum Costing {
  static func cost(_ action: Action, _ inputs: PlanningInputs) -> Cost? {
    let impact = Impact(action: action, inputs: inputs).sentence
    let bytes = moved(action, inputs)
    guard impact != nil || bytes > 0 else { return nil }
    return Cost(bytes: bytes, duration: duration(bytes, action, inputs), impact: impact)
  }

  /// Only a machine that leaves storage makes bytes move: what it held has to be copied from the others.
  private static func moved(_ action: Action, _ inputs: PlanningInputs) -> Int64 {
    guard action.address.kind == .node, leaves(action) else { return 0 }
    return inputs.fact("bytes", of: action.address) ?? 0
  }

  private static func leaves(_ action: Action) -> Bool {
    action.verb == .delete || action.changes.contains { $0.path.steps == ["maintenance", "drain"] && $0.to == true }
  }

  /// Milliseconds on the uplink of the machine's home; 0 when its speed is not declared.
  private static func duration(_ bytes: Int64, _ action: Action, _ inputs: PlanningInputs) -> Int64 {
    let node = inputs.attributes(action.address)
    let uplink = inputs.attributes(Address(.zone, node["zone"].text ?? ""))["uplink"]["up"].integer ?? 0
    guard bytes > 0, uplink > 0 else { return 0 }
    let (bits, overflow) = bytes.multipliedReportingOverflow(by: 8_000)
    return overflow ? bytes / uplink * 8_000 : bits / uplink
  }
}

/// Who notices, in one sentence; nil when nobody does.
private struct Impact {
  let action: Action
  let inputs: PlanningInputs

  var name: String { action.address.name }

  var sentence: String? {
    switch action.verb {
    case .delete: deletion
    case .forget: isThere ? "It stays as it is, and Rhizome no longer looks after it." : nil
    case .adopt: adoption
    case .update: update
    case .create, .blocked: nil
    }
  }

  private var isThere: Bool { inputs.observed[action.address] != .absent }
  private var attributes: Value { inputs.prior.records[action.address]?.attributes ?? .null }

  private var deletion: String? {
    switch action.address.kind {
    case .bucket: "The bucket is empty. This cannot be undone."
    case .user: "\(name) can no longer log in anywhere. This cannot be undone."
    case .group: members.isEmpty ? nil : "\(members) lose\(isOne ? "s" : "") what the group gives."
    case .accessKey: "Programs that use this key lose access at once\(buckets)."
    case .grant: "\(key) loses access to \(bucket)."
    case .service: "The service stops\(place)."
    case .portMapping: "Port \(port) of \(zone) is closed to the internet."
    case .firewall: "The machine no longer turns away what nobody declared."
    case .secret: "What still uses its value loses it."
    case .node: "Nothing runs on this machine any more."
    case .cluster, .zone: nil
    }
  }

  private var adoption: String? {
    guard let objects = inputs.fact("objects", of: action.address) else { return nil }
    let size = inputs.fact("bytes", of: action.address).map { " (\(Quantity.approximate(bytes: $0)))" } ?? ""
    return "It keeps its \(objects == 1 ? "1 object" : "\(objects) objects")\(size)."
  }

  private var update: String? {
    switch action.address.kind {
    case .service where restarts: "The service restarts\(place)."
    case .grant where !lost.isEmpty: "\(key) can no longer \(lost) in \(bucket)."
    case .group where !leavers.isEmpty:
      "\(leavers.joined(separator: ", ")) no longer belong\(leavers.count == 1 ? "s" : "") to it."
    case .accessKey where changes(["id", "secret", "imported"]): "Programs that use the old key lose access at once."
    case .portMapping: "Connections through port \(port) of \(zone) break for a moment."
    default: nil
    }
  }

  private func changes(_ fields: Set<String>) -> Bool {
    action.changes.contains { $0.path.steps.first.map(fields.contains) == true }
  }

  private var restarts: Bool { changes(["run", "environment", "files", "ports"]) }
  private var lost: String {
    action.changes.filter { $0.from == true && $0.to != true }.map { $0.path.description }
      .map { $0 == "owner" ? "act as owner" : $0 }.joined(separator: " or ")
  }
  private var leavers: [String] {
    action.changes.filter { $0.path.steps == ["members"] }
      .flatMap { Set($0.from.texts ?? []).subtracting($0.to.texts ?? []) }.sorted()
  }
  private var isOne: Bool { attributes["members"].texts?.count == 1 }
  private var members: String { (attributes["members"].texts ?? []).sorted().joined(separator: ", ") }
  private var key: String { "AccessKey/\(attributes["accessKey"].text ?? name)" }
  private var bucket: String { "Bucket/\(attributes["bucket"].text ?? name)" }
  private var zone: String { "Zone/\(attributes["zone"].text ?? name)" }
  private var port: String { "\(attributes["externalPort"].integer ?? 0)/\(attributes["protocol"].text ?? "tcp")" }
  private var place: String {
    if case .node(let node)? = inputs.prior.records[action.address]?.home { " on Node/\(node)" } else { "" }
  }
  private var buckets: String {
    let names = inputs.prior.records.values.filter {
      $0.address.kind == .grant && $0.attributes["accessKey"] == .string(name)
    }
    .compactMap { $0.attributes["bucket"].text }.sorted()
    return names.isEmpty ? "" : " (\(names.map { "Bucket/\($0)" }.joined(separator: ", ")))"
  }
}

extension PlanningInputs {
  /// What a resource shall be; where it is no longer declared, what it was.
  func attributes(_ address: Address) -> Value {
    desired.resources[address]?.attributes ?? prior.records[address]?.attributes ?? .null
  }

  /// A number that a driver told beside the attributes.
  func fact(_ name: String, of address: Address) -> Int64? {
    guard case .present(let seen) = observed[address] else { return nil }
    return seen.facts[name]?.integer
  }
}
