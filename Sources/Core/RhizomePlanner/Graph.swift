/// What comes before what: a small directed graph with one deterministic order.
///
/// Requirements always hold in the order, save inside a cycle, which is reported. Preferences hold where they
/// contradict neither a requirement nor one another.
package struct Graph<Node: Hashable & Comparable> {
  private var requirements: [Node: Set<Node>] = [:]
  private var preferences: [Node: Set<Node>] = [:]
  private var nodes: Set<Node> = []

  package init() {}

  package mutating func add(_ node: Node) { nodes.insert(node) }

  package mutating func require(_ first: Node, before second: Node) {
    guard first != second else { return }
    nodes.formUnion([first, second])
    requirements[first, default: []].insert(second)
  }

  package mutating func prefer(_ first: Node, before second: Node) {
    guard first != second else { return }
    nodes.formUnion([first, second])
    preferences[first, default: []].insert(second)
  }

  /// Everything that has to or should come before one of `targets`, directly or through others.
  package func predecessors(of targets: some Sequence<Node>) -> Set<Node> {
    var before: [Node: [Node]] = [:]
    for edges in [requirements, preferences] {
      for (first, seconds) in edges { for second in seconds { before[second, default: []].append(first) } }
    }
    var found: Set<Node> = []
    var waiting = Array(targets)
    while let node = waiting.popLast() {
      for first in before[node] ?? [] where found.insert(first).inserted { waiting.append(first) }
    }
    return found
  }

  /// All nodes in order: lower `phase` first, then by themselves, as far as the edges allow.
  package func sorted(phase: (Node) -> Int = { _ in 0 }) -> (order: [Node], cycles: [[Node]]) {
    let ranked = ranking(by: phase)
    var walk = GraphWalk(count: ranked.count)
    var ranks: [Node: Int] = [:]
    for (rank, node) in ranked.enumerated() { ranks[node] = rank }
    for (first, seconds) in requirements {
      for second in seconds { if let a = ranks[first], let b = ranks[second] { walk.require(a, before: b) } }
    }
    for (first, seconds) in preferences {
      for second in seconds { if let a = ranks[first], let b = ranks[second] { walk.prefer(a, before: b) } }
    }
    let (order, cycles) = walk.run()
    return (order.map { ranked[$0] }, cycles.map { $0.map { ranked[$0] } })
  }

  private func ranking(by phase: (Node) -> Int) -> [Node] {
    let byPhase = Dictionary(grouping: nodes, by: phase)
    return byPhase.keys.sorted().flatMap { (byPhase[$0] ?? []).sorted() }
  }
}

/// Kahn's algorithm on ranks, smallest first, with a way out of contradictions.
private struct GraphWalk {
  private var after: [[Int]]
  private var preferredAfter: [[Int]]
  private var required: [Int]
  private var preferred: [Int]
  private var isDone: [Bool]
  private var ready = MinHeap()
  private var order: [Int] = []
  private var cycles: [[Int]] = []

  init(count: Int) {
    after = Array(repeating: [], count: count)
    preferredAfter = after
    required = Array(repeating: 0, count: count)
    preferred = required
    isDone = Array(repeating: false, count: count)
  }

  mutating func require(_ first: Int, before second: Int) {
    after[first].append(second)
    required[second] += 1
  }

  mutating func prefer(_ first: Int, before second: Int) {
    preferredAfter[first].append(second)
    preferred[second] += 1
  }

  mutating func run() -> ([Int], [[Int]]) {
    for node in required.indices where required[node] == 0 && preferred[node] == 0 { ready.push(node) }
    while order.count < required.count {
      if let node = ready.pop() {
        take(node)
      } else if let node = required.indices.first(where: { !isDone[$0] && required[$0] == 0 }) {
        take(node)
      } else {
        breakCycle()
      }
    }
    return (order, cycles)
  }

  private mutating func take(_ node: Int) {
    guard !isDone[node] else { return }
    isDone[node] = true
    order.append(node)
    for next in after[node] {
      required[next] -= 1
      release(next)
    }
    for next in preferredAfter[node] {
      preferred[next] -= 1
      release(next)
    }
  }

  private mutating func release(_ node: Int) {
    if required[node] == 0, preferred[node] == 0, !isDone[node] { ready.push(node) }
  }

  /// Nothing is free: follows requirements backwards until a node comes again, notes the cycle, and takes its smallest.
  private mutating func breakCycle() {
    guard let start = required.indices.first(where: { !isDone[$0] }) else { return }
    var before: [Int: Int] = [:]
    for node in required.indices.reversed() where !isDone[node] { for next in after[node] { before[next] = node } }
    var path = [start]
    var seen: [Int: Int] = [start: 0]
    while let last = path.last, let previous = before[last] {
      if let position = seen[previous] {
        path.removeFirst(position)
        break
      }
      seen[previous] = path.count
      path.append(previous)
    }
    let smallest = path.min() ?? start
    let turn = path.firstIndex(of: smallest) ?? 0
    cycles.append([smallest] + (Array(path[(turn + 1)...]) + Array(path[..<turn])).reversed())
    take(smallest)
  }
}

/// A binary heap of integers.
private struct MinHeap {
  private var items: [Int] = []

  mutating func push(_ item: Int) {
    items.append(item)
    var child = items.count - 1
    while child > 0, items[child] < items[(child - 1) / 2] {
      items.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> Int? {
    guard let top = items.first, let last = items.popLast() else { return nil }
    guard !items.isEmpty else { return top }
    items[0] = last
    var parent = 0
    while let child = smallestChild(of: parent), items[child] < items[parent] {
      items.swapAt(parent, child)
      parent = child
    }
    return top
  }

  private func smallestChild(of parent: Int) -> Int? {
    let left = 2 * parent + 1
    guard left < items.count else { return nil }
    return left + 1 < items.count && items[left + 1] < items[left] ? left + 1 : left
  }
}
