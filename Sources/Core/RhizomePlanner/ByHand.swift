import RhizomeModel

/// Port mappings of homes whose router a person has set up: Rhizome notes them and has them looked at from outside; it opens
/// and closes nothing, and must not sound as if it did.
extension Subject {
  /// A person has to do on the router what the plan says of it.
  var isByHand: Bool {
    guard address.kind == .portMapping, let zone = mapping["zone"].text.map({ Address(.zone, $0) }) else {
      return false
    }
    let declared = inputs.desired.resources[zone]?.attributes ?? inputs.prior.records[zone]?.attributes ?? .null
    return declared["gateway"]["mode"].text == "static"
  }

  /// Why it is noted: `forwarded by hand: tcp 443 to 192.168.1.20, port 8443; to be verified`.
  var noteByHand: String {
    let goal = mapping["internalAddress"].text ?? "this machine"
    let (port, inner) = (mapping["externalPort"].integer ?? 0, mapping["internalPort"].integer ?? 0)
    return "forwarded by hand: \(mapping["protocol"].text ?? "tcp") \(port) to \(goal), port \(inner); to be verified"
  }

  private var mapping: Value { desired?.attributes ?? record?.attributes ?? .null }
}
