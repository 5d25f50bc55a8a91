internal import RhizomeModel

/// Builds the located trees of one file from libyaml's events.
///
/// Depth, text length and the size of every tree with its aliases expanded are bounded while building, so that hostile
/// input ends in an error before it costs more than the limits allow. Aliased trees are shared, not copied.
struct TreeBuilder {
  let file: String
  let limits: ManifestLimits
  /// How many documents and values all files together may still have.
  var budget: TreeBudget
  private(set) var documents: [Node] = []
  private(set) var problems: [Diagnostic] = []
  /// False when some of the file could not be read.
  private(set) var isComplete = true

  /// The trees behind the anchors of the current document; nil while one is being built.
  private var anchors: [String: Node?] = [:]
  private var documentSize = 0

  init(file: String, limits: ManifestLimits, budget: TreeBudget) {
    self.file = file
    self.limits = limits
    self.budget = budget
  }

  /// Reads all documents; stops at the first place from which nothing sensible can follow.
  mutating func build(from bytes: ArraySlice<UInt8>) {
    do throws(TreeError) {
      try checkDirectives(bytes)
      try readStream(bytes)
    } catch {
      isComplete = false
      problems.append(error.diagnostic(in: file))
    }
  }

  /// libyaml compares each directive with all before it, which costs quadratic time within one call.
  private func checkDirectives(_ bytes: ArraySlice<UInt8>) throws(TreeError) {
    var count = 0
    var line: Int32 = 1
    var isLineStart = true
    for byte in bytes {
      if isLineStart, byte == UInt8(ascii: "%") { count += 1 }
      isLineStart = byte == UInt8(ascii: "\n")
      if isLineStart { line += 1 }
      guard count <= limits.directives else {
        throw .limit("directive count", limits.directives, Mark(line: line, column: 1))
      }
    }
  }

  private mutating func readStream(_ bytes: ArraySlice<UInt8>) throws(TreeError) {
    let outcome = bytes.withUnsafeBufferPointer { pinned -> Result<Void, TreeError> in
      Result { () throws(TreeError) in
        var reader = try TreeBuilder.reader(pinned)
        try readDocuments(&reader)
      }
    }
    try outcome.get()
  }

  private static func reader(_ pinned: UnsafeBufferPointer<UInt8>) throws(TreeError) -> EventReader {
    do { return try EventReader(pinned) } catch { throw .syntax(error) }
  }

  private func next(_ reader: inout EventReader) throws(TreeError) -> Event {
    do { return try reader.next() } catch { throw .syntax(error) }
  }

  private mutating func readDocuments(_ reader: inout EventReader) throws(TreeError) {
    while true {
      let event = try next(&reader)
      switch event.kind {
      case .streamEnd: return
      case .documentStart:
        anchors = [:]
        documentSize = 0
        budget.documents -= 1
        guard budget.documents >= 0 else { throw .limit("document count", limits.documents, event.mark) }
        let root = try node(from: try next(&reader), &reader, depth: 1)
        if !root.isNull { documents.append(root) }
      default: continue
      }
    }
  }

  /// The tree that begins with `event`.
  private mutating func node(
    from event: Event,
    _ reader: inout EventReader,
    depth: Int
  ) throws(TreeError) -> Node {
    guard depth <= limits.depth else { throw .limit("depth", limits.depth, event.mark) }
    switch event.kind {
    case .alias(let anchor): return try alias(anchor, event.mark)
    case .scalar(let scalar, let tag, let anchor):
      return try scalarNode(scalar, tag: tag, anchor: anchor, event.mark)
    case .sequenceStart(let tag, let anchor):
      begin(anchor, tag, allowed: .sequence, event.mark)
      let content = try sequence(&reader, depth: depth)
      return try finish(content, anchor, event.mark)
    case .mappingStart(let tag, let anchor):
      begin(anchor, tag, allowed: .mapping, event.mark)
      let content = try mapping(&reader, depth: depth)
      return try finish(content, anchor, event.mark)
    default: throw .syntax(SyntaxError(message: "a value is missing", mark: event.mark, context: nil))
    }
  }

  private mutating func sequence(_ reader: inout EventReader, depth: Int) throws(TreeError) -> Node.Content {
    var items: [Node] = []
    while true {
      let event = try next(&reader)
      if case .sequenceEnd = event.kind { return .sequence(items) }
      items.append(try node(from: event, &reader, depth: depth + 1))
    }
  }

  private mutating func mapping(_ reader: inout EventReader, depth: Int) throws(TreeError) -> Node.Content {
    var pairs = MappingBuilder(file: file)
    while true {
      let event = try next(&reader)
      if case .mappingEnd = event.kind { break }
      let key = try node(from: event, &reader, depth: depth + 1)
      let value = try node(from: try next(&reader), &reader, depth: depth + 1)
      pairs.add(key: key, value: value)
    }
    let (finished, found) = pairs.finish()
    problems += found
    return .mapping(finished)
  }

  private mutating func scalarNode(
    _ scalar: Scalar,
    tag: String?,
    anchor: String?,
    _ mark: Mark
  ) throws(TreeError) -> Node {
    guard scalar.text.utf8.count <= limits.scalarBytes else { throw .limit("text length", limits.scalarBytes, mark) }
    if let tag, tag != "!", scalar.tag == nil { reportTag(tag, mark) }
    return try finish(.scalar(scalar), anchor, mark)
  }

  private mutating func begin(_ anchor: String?, _ tag: String?, allowed: CoreTag, _ mark: Mark) {
    if let anchor { anchors[anchor] = .some(nil) }
    if let tag, tag != "!", tag != allowed.rawValue { reportTag(tag, mark) }
  }

  private mutating func reportTag(_ tag: String, _ mark: Mark) {
    let location = SourceLocation(file: file, mark)
    let message = "the tag '\(tag.prefix(80))' does not fit here"
    problems.append(Diagnostic(.badTag, message, at: location, suggestion: "leave the tag out"))
  }

  /// Counts the value and remembers it under its anchor.
  private mutating func finish(_ content: Node.Content, _ anchor: String?, _ mark: Mark) throws(TreeError) -> Node {
    try count(1, mark)
    let node = Node(content: content, mark: mark, size: TreeBuilder.size(of: content))
    if let anchor { anchors[anchor] = node }
    return node
  }

  private mutating func alias(_ name: String, _ mark: Mark) throws(TreeError) -> Node {
    let location = SourceLocation(file: file, mark)
    guard let anchor = anchors[name] else {
      let suggestion = Suggestion.closest(to: name, among: anchors.keys.sorted()).map { "did you mean *\($0)?" }
      throw .other(
        Diagnostic(.badAlias, "there is no anchor &\(name) before this", at: location, suggestion: suggestion)
      )
    }
    guard let target = anchor else {
      throw .other(Diagnostic(.badAlias, "*\(name) stands inside what it stands for: a cycle", at: location))
    }
    try count(target.size, mark)
    return target
  }

  private mutating func count(_ amount: Int, _ mark: Mark) throws(TreeError) {
    documentSize += amount
    guard documentSize <= limits.nodesPerDocument else {
      throw .limit("alias expansion", limits.nodesPerDocument, mark)
    }
    budget.nodes -= amount
    guard budget.nodes >= 0 else { throw .limit("value count", limits.nodes, mark) }
  }

  private static func size(of content: Node.Content) -> Int {
    switch content {
    case .scalar: 1
    case .sequence(let items): items.reduce(1) { $0 + $1.size }
    case .mapping(let pairs): pairs.reduce(1) { $0 + $1.key.size + $1.value.size }
    }
  }
}

/// What all files together may still hold.
struct TreeBudget {
  var documents: Int
  var nodes: Int

  init(_ limits: ManifestLimits) {
    documents = limits.documents
    nodes = limits.nodes
  }

  private init(documents: Int, nodes: Int) { (self.documents, self.nodes) = (documents, nodes) }

  /// What was taken of this budget to come to `rest`.
  func spent(until rest: TreeBudget) -> TreeBudget {
    TreeBudget(documents: documents - rest.documents, nodes: nodes - rest.nodes)
  }

  /// What is left after `cost`; nil when there is not so much.
  func spending(_ cost: TreeBudget) -> TreeBudget? {
    guard documents >= cost.documents, nodes >= cost.nodes else { return nil }
    return TreeBudget(documents: documents - cost.documents, nodes: nodes - cost.nodes)
  }
}

extension SourceLocation {
  init(file: String, _ mark: Mark) { self.init(file: file, line: Int(mark.line), column: Int(mark.column)) }
}
