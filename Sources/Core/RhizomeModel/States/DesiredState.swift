/// All declarations of one revision and what follows from them, validated; or one machine's part of that.
package struct DesiredState: Sendable, Hashable, Codable {
  /// The name of the cluster that was declared.
  package var clusterName: String
  /// Who declares: what one source no longer declares is pruned only on behalf of that source.
  package var source: String
  package var resources: [Address: Resource]
  /// Nil where this is everything that is declared.
  package var share: NodeShare?

  package init(clusterName: String, source: String, resources: [Resource]) {
    self.clusterName = clusterName
    self.source = source
    self.resources = Dictionary(resources.map { ($0.address, $0) }, uniquingKeysWith: { first, _ in first })
  }

  package var addresses: [Address] { resources.keys.sorted() }
  package var cluster: Resource? { resources[Address(.cluster, clusterName)] }
}
