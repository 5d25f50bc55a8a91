internal import RhizomeModel

/// What the files of a folder said when they were read last, so that a change of one file costs the reading of that file.
///
/// Only files without a word of complaint are remembered, byte for byte: whatever is to be told is found anew each time.
package struct ManifestMemory: Sendable {
  /// By path.
  fileprivate var pages: [String: Page] = [:]
  fileprivate var limits = ManifestLimits.standard

  /// Remembers nothing yet.
  package init() {}

  /// One file.
  fileprivate struct Page {
    let bytes: [UInt8]
    let declarations: [Declaration]
    /// What it took of the budget of all files.
    let cost: TreeBudget
    /// What follows from each of the declarations alone, beside the Cluster's; nil until somebody has asked.
    var derived: (cluster: Declaration, resources: [Resource])?
  }
}

extension ManifestMemory {
  /// Makes the resources of each declaration; of those in remembered files only where that was not done before with the same
  /// Cluster.
  ///
  /// - Parameters:
  ///   - isLasting: whether nothing but the declaration and the Cluster bears on its resource.
  mutating func resources(
    of all: [Declaration],
    cluster: Declaration,
    isLasting: (Declaration) -> Bool,
    make: (Declaration) -> [Resource]
  ) -> [Resource] {
    var result: [Resource] = []
    result.reserveCapacity(all.count)
    for path in pages.keys {
      if let known = pages[path]?.derived, known.cluster === cluster {
        result += known.resources
      } else if let page = pages[path] {
        let made = page.declarations.filter(isLasting).flatMap(make)
        pages[path]?.derived = (cluster, made)
        result += made
      }
    }
    let isRemembered = pages.values.reduce(0) { $0 + $1.declarations.count } == all.count
    return result
      + all.filter { !isLasting($0) || (!isRemembered && pages[$0.location.file] == nil) }.flatMap(make)
  }
}

/// Reads the files of one folder, first their trees and then their declarations.
struct FolderReading {
  private let limits: ManifestLimits
  private let known: [String: ManifestMemory.Page]
  var memory = ManifestMemory()
  private(set) var declarations: [Declaration] = []
  /// False when a document could not be read.
  private(set) var isComplete = true

  init(limits: ManifestLimits, memory: ManifestMemory) {
    self.limits = limits
    known = memory.limits == limits ? memory.pages : [:]
    self.memory.limits = limits
  }

  /// What is known of one file before its documents are decoded.
  private enum Leaf {
    case remembered(ManifestMemory.Page)
    case read(ManifestFile, documents: [Node], cost: TreeBudget, isClean: Bool)
  }

  /// - Parameter files: sorted by path.
  mutating func read(_ files: [ManifestFile], _ report: inout Report) {
    var budget = TreeBudget(limits)
    let leaves = files.compactMap { leaf($0, &budget, &report) }
    for leaf in leaves {
      switch leaf {
      case .remembered(let page): declarations += page.declarations
      case .read(let file, let documents, let cost, let isClean):
        decode(file, documents, cost, isClean: isClean, &report)
      }
    }
  }

  /// Nil when the file is no text.
  private mutating func leaf(_ file: ManifestFile, _ budget: inout TreeBudget, _ report: inout Report) -> Leaf? {
    if let page = known[file.path], page.bytes == file.bytes, let rest = budget.spending(page.cost) {
      budget = rest
      memory.pages[file.path] = page
      return .remembered(page)
    }
    guard let text = readText(file, &report) else {
      isComplete = false
      return nil
    }
    var builder = TreeBuilder(file: file.path, limits: limits, budget: budget)
    builder.build(from: text.bytes)
    report.add(contentsOf: builder.problems)
    if !builder.isComplete { isComplete = false }
    let cost = budget.spent(until: builder.budget)
    budget = builder.budget
    return .read(file, documents: builder.documents, cost: cost, isClean: builder.problems.isEmpty)
  }

  private func readText(_ file: ManifestFile, _ report: inout Report) -> SourceText? {
    guard file.bytes.count <= limits.fileBytes else {
      let start = SourceLocation(file: file.path, .start)
      report.add(TreeError.describe(limit: "file size", limits.fileBytes, at: start))
      return nil
    }
    do {
      return try SourceText(file)
    } catch {
      let location = SourceLocation(file: file.path, error.mark)
      let help = "save the file as UTF-8 text"
      report.add(Diagnostic(.unreadableText, error.message, at: location, suggestion: help), isConfidential: true)
      return nil
    }
  }

  private mutating func decode(
    _ file: ManifestFile,
    _ documents: [Node],
    _ cost: TreeBudget,
    isClean: Bool,
    _ report: inout Report
  ) {
    let before = report.total
    let found = documents.compactMap { DeclarationReader.read($0, file: file.path, report: &report) }
    declarations += found
    if found.count < documents.count { isComplete = false }
    guard isClean, report.total == before, found.count == documents.count else { return }
    memory.pages[file.path] = ManifestMemory.Page(bytes: file.bytes, declarations: found, cost: cost)
  }
}
