import RhizomeDriver
import RhizomeModel

/// A home whose router a person has set up by hand: nothing is performed. What is declared counts as present,
/// unverified: whether it is true, only a look from outside can tell.
enum StaticGateway {
  static func observe(_ target: ObservationTarget) -> Observation {
    guard let prior = target.prior else { return .absent }
    return .present(ObservedResource(attributes: prior.attributes, facts: facts(target.address, prior.attributes)))
  }

  static func perform(_ operation: Operation) throws(DriverError) -> Outcome {
    guard operation.verb != .delete, let desired = operation.desired else {
      let key = try MappingName(operation.address).key
      return Outcome(facts: ["note": .string("\(key) may still be forwarded on the router; remove it there by hand")])
    }
    _ = try MappingWish(operation.address, desired.attributes)
    return Outcome(facts: facts(operation.address, desired.attributes))
  }

  private static func facts(_ address: Address, _ attributes: Value) -> [String: Value] {
    var facts: [String: Value] = ["gateway": "static", "verdict": "declared, not verified"]
    if let wish = try? MappingWish(address, attributes) {
      let goal = wish.leadsToThisMachine ? "this machine" : wish.internalAddress
      facts["note"] = .string("a person forwards \(wish.key) on the router to \(goal), port \(wish.internalPort)")
    }
    return facts
  }
}

/// A home without a gateway: nothing is reachable from outside, so there is nothing to look at and nothing to remove.
enum NoGateway {
  static func perform(_ operation: Operation, zone: String) throws(DriverError) -> Outcome {
    if operation.verb == .delete { return Outcome() }
    let key = try MappingName(operation.address).key
    throw DriverError(
      .invalid,
      "\(key) cannot be public: Zone/\(zone) has no gateway; set its gateway to mode upnp, or to static after "
        + "forwarding the port by hand, or take `public` away from the service's port"
    )
  }
}
