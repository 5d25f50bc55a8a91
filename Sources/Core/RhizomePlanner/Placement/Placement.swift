package import RhizomeModel

/// Which machines run which services: a pure function of what is declared and of where things run now.
///
/// An instance goes to a machine that fits: in the wanted homes and machines, with the wanted labels and processor,
/// not drained, with room left. A public port has one owner in a home. Instances stay where they are while that still
/// fits, and otherwise spread over homes first and machines second. Ties go to the smaller name.
package enum Placement {
  /// - Parameters:
  ///   - services: the declared services.
  ///   - nodes: the declared machines.
  ///   - zones: the declared homes; one with a gateway is preferred for services with a public port.
  ///   - current: for each service, the names of the machines that run it now.
  package static func place(
    services: [Resource],
    nodes: [Resource],
    zones: [Resource],
    current: [Address: [String]] = [:]
  ) -> PlacementResult {
    var board = PlacementBoard(nodes: nodes, zones: zones)
    var result = PlacementResult()
    let sorted = services.sorted { $0.address < $1.address }
    for service in sorted { result.nodes[service.address] = board.keep(service, on: current[service.address] ?? []) }
    for service in sorted {
      let (placed, problem) = board.fill(service, result.nodes[service.address] ?? [])
      result.nodes[service.address] = placed
      if let problem { result.problems.append(.init(address: service.address, message: problem)) }
    }
    return result
  }
}

/// Where services shall run, and what found no place.
package struct PlacementResult: Sendable, Hashable {
  /// For each service, the names of its machines, sorted.
  package var nodes: [Address: [String]] = [:]
  package var problems: [Problem] = []

  /// A service with fewer instances than declared.
  package struct Problem: Sendable, Hashable {
    package let address: Address
    /// How many are missing, and why each machine does not do; a sentence.
    package let message: String
  }
}
