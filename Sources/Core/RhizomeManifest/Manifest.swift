package import RhizomeModel

/// One file of a folder of manifests.
package struct ManifestFile: Sendable, Hashable {
  /// Relative to the folder, with `/` between its parts.
  package let path: String
  package let bytes: [UInt8]

  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// What a folder of manifests says.
package struct ManifestResult: Sendable {
  /// Everything that is declared and what follows from it; nil when anything is wrong.
  package let desired: DesiredState?
  /// Errors and warnings in the order of the files.
  package let diagnostics: [Diagnostic]
}

/// The manifest language: from the bytes of YAML files to the desired state.
package enum Manifest {
  /// Reads all files of one revision. Pure: equal input gives equal output, whatever the order of the files.
  ///
  /// - Parameters:
  ///   - files: every `.yaml` and `.yml` file of the folder.
  ///   - source: who declares; kept in the desired state.
  ///   - limits: how much input is accepted.
  ///   - now: the time, to warn of keys that have expired; nil leaves that out.
  package static func load(
    _ files: [ManifestFile],
    source: String,
    limits: ManifestLimits = .standard,
    now: Timestamp? = nil
  ) -> ManifestResult {
    let files = files.sorted { $0.path < $1.path }
    var report = Report(limit: limits.diagnostics)
    let start = SourceLocation(file: files.first?.path ?? source, .start)
    guard acceptAmount(of: files, limits, at: start, &report) else {
      return ManifestResult(desired: nil, diagnostics: report.diagnostics(of: []))
    }
    let trees = readTrees(files, limits, &report)
    let declarations = readDeclarations(trees.documents, &report)
    let isComplete = trees.isComplete && declarations.count == trees.documents.count
    let catalog = Catalog(declarations, isComplete: isComplete, now: now, start: start)
    for check in Check.all { check(catalog, &report) }
    let desired = report.hasErrors ? nil : Derivation.desiredState(from: catalog, source: source)
    return ManifestResult(desired: desired, diagnostics: report.diagnostics(of: files))
  }

  /// Limits that can be checked before anything is read.
  private static func acceptAmount(
    of files: [ManifestFile],
    _ limits: ManifestLimits,
    at start: SourceLocation,
    _ report: inout Report
  ) -> Bool {
    guard files.count <= limits.files else {
      report.add(TreeError.describe(limit: "file count", limits.files, at: start))
      return false
    }
    guard files.reduce(0, { $0 + $1.bytes.count }) <= limits.totalBytes else {
      report.add(TreeError.describe(limit: "total size", limits.totalBytes, at: start))
      return false
    }
    return true
  }

  private struct Trees {
    var documents: [(file: String, root: Node)] = []
    var isComplete = true
  }

  private static func readTrees(_ files: [ManifestFile], _ limits: ManifestLimits, _ report: inout Report) -> Trees {
    var trees = Trees()
    var budget = TreeBudget(limits)
    for file in files {
      guard let text = readText(file, limits, &report) else {
        trees.isComplete = false
        continue
      }
      var builder = TreeBuilder(file: file.path, limits: limits, budget: budget)
      builder.build(from: text.bytes)
      budget = builder.budget
      report.add(contentsOf: builder.problems)
      trees.documents += builder.documents.map { (file.path, $0) }
      if !builder.isComplete { trees.isComplete = false }
    }
    return trees
  }

  private static func readText(_ file: ManifestFile, _ limits: ManifestLimits, _ report: inout Report) -> SourceText? {
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

  private static func readDeclarations(
    _ documents: [(file: String, root: Node)],
    _ report: inout Report
  ) -> [Declaration] {
    documents.compactMap { DeclarationReader.read($0.root, file: $0.file, report: &report) }
  }
}
