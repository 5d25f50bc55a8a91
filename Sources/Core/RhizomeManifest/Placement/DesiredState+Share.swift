package import RhizomeModel

/// Why a machine's share cannot be told.
package struct ShareError: Error, Sendable, Hashable, CustomStringConvertible {
  package let description: String
}

extension DesiredState {
  /// The part of everything declared that the daemon of one machine drives. Pure, so that every machine knows what the
  /// others do without asking them.
  ///
  /// - One Node is declared: everything.
  /// - Several: the services that are placed on it, the port mappings of these, what else belongs to this Node; what
  ///   belongs to the whole cluster on one machine only; the records of Cluster, Zones and Nodes on each.
  /// - Parameter node: which Node this machine is; nil when nobody said.
  /// - Throws: `ShareError` when the Node is not declared, or has to be named.
  package func share(of node: String?) throws(ShareError) -> DesiredState {
    let nodes = all(.node).map(\.address.name)
    if let node, !nodes.contains(node) { throw .undeclared(node, nodes) }
    guard let caretakers = Caretakers(self) else { return self }
    guard let node else { throw .unnamed(nodes) }
    var mine = self
    var share = NodeShare(node: node, elsewhere: [:])
    for (address, resource) in resources {
      guard let machines = caretakers.of(resource), !machines.contains(node) else { continue }
      mine.resources[address] = nil
      share.elsewhere[address] = machines
    }
    mine.share = share
    return mine
  }
}

extension ShareError {
  fileprivate static func undeclared(_ node: String, _ nodes: [String]) -> ShareError {
    let known = nodes.isEmpty ? "and declare none" : "but \(nodes.joined(separator: ", "))"
    return ShareError(
      description: """
        this daemon was started with --node \(node), and the manifests do not declare Node/\(node), \(known); declare it, \
        or start the daemon with the name that this machine has there
        """
    )
  }

  fileprivate static func unnamed(_ nodes: [String]) -> ShareError {
    ShareError(
      description: """
        the manifests declare \(nodes.count) Nodes, and this daemon does not know which of them it is; start it with \
        --node NAME, where NAME is one of: \(nodes.joined(separator: ", "))
        """
    )
  }
}
