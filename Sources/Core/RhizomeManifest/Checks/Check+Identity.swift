package import RhizomeModel

/// Who is who: addresses, the cluster, names that lead nowhere, circles.
extension Check {
  @Sendable static func addresses(_ catalog: Catalog, _ report: inout Report) {
    for duplicate in catalog.duplicates {
      guard let first = catalog.declarations[duplicate.address] else { continue }
      report.add(
        Diagnostic(
          .duplicateAddress,
          "\(duplicate.address) is declared twice",
          at: duplicate.location,
          suggestion: "rename or remove one of them",
          related: [.init(location: first.location, message: "first declared here")]
        )
      )
    }
  }

  @Sendable static func clusterCount(_ catalog: Catalog, _ report: inout Report) {
    let clusters = catalog.all(.cluster)
    for extra in clusters.dropFirst() {
      let first = Diagnostic.Related(location: clusters[0].location, message: "the first Cluster is here")
      let message = "there is a second Cluster, '\(extra.address.name)'"
      let help = "keep one Cluster in the folder"
      report.add(Diagnostic(.clusterCount, message, at: extra.location, suggestion: help, related: [first]))
    }
    guard clusters.isEmpty, catalog.isComplete else { return }
    let help = "add a document with 'kind: Cluster', a name, and 'spec: {domain: …}'"
    report.add(Diagnostic(.clusterCount, "there is no Cluster in the folder", at: catalog.start, suggestion: help))
  }

  /// Fields that name a resource.
  @Sendable static func references(_ catalog: Catalog, _ report: inout Report) {
    guard catalog.isComplete else { return }
    for declaration in catalog.ordered {
      for use in declaration.uses where catalog.declarations[use.target] == nil {
        let message = "'\(use.path)' names \(use.target), which is not declared"
        let help = suggestion(for: use.target, catalog, report)
        report.add(Diagnostic(.danglingReference, message, at: use.location, suggestion: help))
      }
    }
  }

  static func suggestion(for target: Address, _ catalog: Catalog, _ report: Report) -> String? {
    let others = catalog.all(target.kind)
    // Comparing everything with everything takes long.
    guard report.count < 50 || others.count < 50 else { return nil }
    let names = others.map(\.address.name).sorted()
    let few = (1...8).contains(names.count) ? "there is \(names.joined(separator: ", "))" : nil
    return Suggestion.question(for: target.name, among: names) ?? few
      ?? "declare \(target.kind.withArticle) with this name"
  }

  /// Resources that need each other in a circle cannot be made in any order.
  @Sendable static func cycles(_ catalog: Catalog, _ report: inout Report) {
    guard let cycle = DependencyCycle.find(in: catalog.dependencies), let first = cycle.first else { return }
    let path = (cycle + [first]).map(\.description).joined(separator: " -> ")
    let location = catalog.declarations[first]?.location ?? catalog.start
    report.add(Diagnostic(.dependencyCycle, "these depend on each other in a circle: \(path)", at: location))
  }
}

/// Finds circles in a graph of dependencies.
package enum DependencyCycle {
  private enum State { case open, done }

  /// The addresses of one circle, from the smallest on; nil when there is none. Does not recurse.
  package static func find(in graph: [Address: [Address]]) -> [Address]? {
    // Most need only what needs nothing itself; a circle leads through the others.
    let roots = graph.filter { $0.value.contains { graph[$0] != nil } }.keys
    var states: [Address: State] = [:]
    for root in roots.sorted() where states[root] == nil {
      if let cycle = search(from: root, graph, &states) { return rotated(cycle) }
    }
    return nil
  }

  private static func search(
    from root: Address,
    _ graph: [Address: [Address]],
    _ states: inout [Address: State]
  ) -> [Address]? {
    var path: [(address: Address, rest: ArraySlice<Address>)] = [(root, (graph[root] ?? [])[...])]
    states[root] = .open
    while let top = path.last {
      guard let next = top.rest.first else {
        states[top.address] = .done
        path.removeLast()
        continue
      }
      path[path.count - 1].rest.removeFirst()
      guard graph[next] != nil else { continue }  // It needs nothing, so no circle leads through it.
      switch states[next] {
      case .done: continue
      case .open: return path.map(\.address).drop { $0 != next }.map { $0 }
      case nil:
        states[next] = .open
        path.append((next, (graph[next] ?? [])[...]))
      }
    }
    return nil
  }

  private static func rotated(_ cycle: [Address]) -> [Address] {
    guard let smallest = cycle.min(), let start = cycle.firstIndex(of: smallest) else { return cycle }
    return Array(cycle[start...] + cycle[..<start])
  }
}
