/// All declarations of one revision and what follows from them, validated; or one machine's part of that.
package struct DesiredState: Sendable, Hashable, Codable {
  /// The name of the cluster that was declared.
  package var clusterName: String
  /// Who declares: what one source no longer declares is pruned only on behalf of that source.
  package var source: String
  package var resources: [Address: Resource]
  /// What the files may declare and a person has deleted, until the next apply.
  package var deletedByName: Set<Address> = []
  /// Nil where this is everything that is declared.
  package var share: NodeShare?

  package init(clusterName: String, source: String, resources: [Resource]) {
    self.clusterName = clusterName
    self.source = source
    self.resources = Dictionary(minimumCapacity: resources.count)
    for resource in resources {
      let first = self.resources.updateValue(resource, forKey: resource.address)
      if let first { self.resources[resource.address] = first }
    }
  }

  package var addresses: [Address] { resources.keys.sorted() }

  /// The resources of one kind, sorted by name.
  package func all(_ kind: Kind) -> [Resource] {
    resources.keys.filter { $0.kind == kind }.sorted().compactMap { resources[$0] }
  }

  package var cluster: Resource? { resources[Address(.cluster, clusterName)] }
}
