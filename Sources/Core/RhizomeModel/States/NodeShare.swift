/// Which machine's part of the declarations a desired state is, and who drives the rest.
package struct NodeShare: Sendable, Hashable, Codable {
  /// The name of the Node that this machine is.
  package let node: String
  /// What is declared and driven by other machines: the names of those, sorted. Empty for a service that no machine has
  /// a place for.
  package var elsewhere: [Address: [String]]

  package init(node: String, elsewhere: [Address: [String]]) {
    self.node = node
    self.elsewhere = elsewhere
  }
}

extension DesiredState {
  /// Who drives a resource that is declared and not driven here, for people: `Node/elm`; nil when it is driven here, or
  /// declared by nobody.
  package func caretaker(of address: Address) -> String? {
    guard let nodes = share?.elsewhere[address] else { return nil }
    return nodes.isEmpty ? "no machine" : nodes.map { "Node/\($0)" }.joined(separator: ", ")
  }

  /// True when a resource was made here, is declared, and is driven by another machine now, and what was made here has to
  /// go: a service that runs elsewhere must not run here also. What belongs to the whole cluster is not like that; its
  /// data may be here and nowhere else.
  package func hasMovedAway(_ address: Address) -> Bool {
    share?.elsewhere[address] != nil && !address.kind.belongsToCluster
  }

  /// The Node that this machine is: the one that was named, or the only one there is.
  package var localNode: Resource? {
    if let share { return resources[Address(.node, share.node)] }
    let nodes = resources.keys.filter { $0.kind == .node }
    return nodes.count == 1 ? nodes.first.flatMap { resources[$0] } : nil
  }
}

extension Kind {
  /// True when one machine keeps it for all: buckets and who may use them, people, secrets.
  package var belongsToCluster: Bool {
    switch self {
    case .cluster, .secret, .accessKey, .bucket, .grant, .user, .group: true
    default: false
    }
  }
}
