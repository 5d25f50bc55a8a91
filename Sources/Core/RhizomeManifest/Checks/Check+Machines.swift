internal import RhizomeModel

/// What a home says of its router, and machines that could be taken for each other.
extension Check {
  /// A way to ask the router that is named twice.
  static func waysToAsk(of zone: Declaration, _ report: inout Report) {
    guard let ways = zone.spec["gateway"]["methods"].list?.compactMap(\.text) else { return }
    guard Set(ways).count < ways.count else { return }
    let location = zone.location(of: FieldPath(["gateway", "methods"]))
    report.add(Diagnostic(.duplicateKey, "'methods' names a way twice", at: location, suggestion: "name each once"))
  }

  /// An address under which nobody outside can reach a home.
  static func publicAddress(of zone: Declaration, _ report: inout Report) {
    guard let text = zone.spec["gateway"]["publicAddress"].text, leadsToOneself(text) else { return }
    report.add(
      Diagnostic(
        .badValue,
        "\(text) is no public address: it leads every machine to itself",
        at: zone.location(of: FieldPath(["gateway", "publicAddress"])),
        suggestion: "write the address that the provider gave this home, or leave it out"
      )
    )
  }

  /// Keys tell nodes of other homes who is who, and addresses lead to one machine.
  @Sendable static func machines(_ catalog: Catalog, _ report: inout Report) {
    var keys: [String: Declaration] = [:]
    var places: [[String]: Declaration] = [:]
    for node in catalog.all(.node) {
      if let key = node.spec["key"].text, let first = keys.updateValue(node, forKey: key) {
        let help = "run `rhizome node-key` on each of the two machines"
        report.add(twice("key", node, first, help))
      }
      guard node.specNode?["address"] != nil, let address = node.spec["address"].text, !leadsToOneself(address) else {
        continue
      }
      if let first = places.updateValue(node, forKey: [node.spec["zone"].text ?? "", address]) {
        report.add(twice("address", node, first, "write the address of each machine in this home"))
      }
    }
  }

  private static func twice(_ field: String, _ node: Declaration, _ first: Declaration, _ help: String) -> Diagnostic {
    let path = FieldPath([field])
    return Diagnostic(
      .identityClaimedTwice,
      "\(node.address) has the same \(field) as \(first.address)",
      at: node.location(of: path),
      suggestion: help,
      related: [.init(location: first.location(of: path), message: "this is the other one")]
    )
  }

  private static func leadsToOneself(_ address: String) -> Bool {
    address.hasPrefix("127.") || ["0.0.0.0", "::", "::1", "localhost"].contains(address)
  }
}
