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
    var memory = ManifestMemory()
    return load(files, source: source, limits: limits, now: now, memory: &memory)
  }

  /// The same, reading again only the files that `memory` does not know; equal to reading all of them.
  ///
  /// - Parameter memory: what was read the last time; afterwards, what was read now.
  package static func load(
    _ files: [ManifestFile],
    source: String,
    limits: ManifestLimits = .standard,
    now: Timestamp? = nil,
    memory: inout ManifestMemory
  ) -> ManifestResult {
    let files = files.sorted { $0.path < $1.path }
    var report = Report(limit: limits.diagnostics)
    let start = SourceLocation(file: files.first?.path ?? source, .start)
    guard acceptAmount(of: files, limits, at: start, &report) else {
      return ManifestResult(desired: nil, diagnostics: report.diagnostics(of: []))
    }
    var reading = FolderReading(limits: limits, memory: memory)
    reading.read(files, &report)
    let catalog = Catalog(reading.declarations, isComplete: reading.isComplete, now: now, start: start)
    for check in Check.all { check(catalog, &report) }
    let desired = report.hasErrors ? nil : Derivation.desiredState(from: catalog, source: source, &reading.memory)
    memory = reading.memory
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
}
