internal import Foundation
internal import PrivateFiles

/// The places of one process on the disk, all private to the user:
/// `run/NAME/` is its own folder, `log/NAME` its output, `pid/NAME` says which process it is.
struct ProcessFolder: Sendable {
  let name: String
  let root: String

  var own: String { "\(root)/run/\(name)" }
  var log: String { "\(root)/log/\(name)" }
  private var pid: String { "\(root)/pid/\(name)" }
  /// The list of files that were rendered, to remove those that are no longer wanted.
  private var rendered: String { "\(root)/pid/\(name).files" }

  /// Writes the files of a definition, and removes those of an earlier one.
  func prepare(_ definition: ProcessDefinition) throws(PrivateFileError) {
    for directory in ["\(root)/run", "\(root)/log", "\(root)/pid", own] { try PrivateFiles.makeDirectory(directory) }
    let wanted = Set(definition.files.map(\.path))
    let earlier = Set(renderedPaths())
    // Written down first: a crash in between must not leave a file that nobody knows of.
    try PrivateFiles.write(Array(wanted.union(earlier).sorted().joined(separator: "\n").utf8), to: rendered)
    for path in earlier.subtracting(wanted) { try PrivateFiles.remove("\(own)/\(path)") }
    for file in definition.files {
      let path = "\(own)/\(file.path)"
      try PrivateFiles.makeDirectory(PrivateFiles.parent(of: path))
      try PrivateFiles.write(file.content, to: path, mode: file.mode)
    }
    try PrivateFiles.write(Array(wanted.sorted().joined(separator: "\n").utf8), to: rendered)
  }

  /// The rendered files that are no longer as they were rendered, with what they hold now: nil when they are gone or
  /// cannot be read.
  func alteredFiles(_ definition: ProcessDefinition) -> [String: [UInt8]?] {
    var altered: [String: [UInt8]?] = [:]
    for file in definition.files {
      let present = ProcessFolder.contents("\(own)/\(file.path)")
      if present != file.content { altered.updateValue(present, forKey: file.path) }
    }
    return altered
  }

  /// What a file holds; of a large one the beginning, which is enough to see that it differs.
  private static func contents(_ path: String) -> [UInt8]? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    do {
      return [UInt8](try handle.read(upToCount: 4 << 20) ?? Data())
    } catch {
      return nil
    }
  }

  /// Removes rendered files, logs and records. What the process itself wrote into its folder stays.
  func remove(olderLogs: Int) throws(PrivateFileError) {
    for path in renderedPaths() { try PrivateFiles.remove("\(own)/\(path)") }
    rmdir(own)
    for path in [log, pid, rendered] + (1...max(olderLogs, 1)).map({ "\(log).\($0)" }) {
      try PrivateFiles.remove(path)
    }
  }

  func record(_ identity: ProcessIdentity) throws(PrivateFileError) {
    try PrivateFiles.write(Array("\(identity.pid) \(identity.startTime)\n".utf8), to: pid)
  }

  func recordEnd() throws(PrivateFileError) { try PrivateFiles.remove(pid) }

  /// What every supervisor before has recorded below `root` and not taken back.
  static func recordedIdentities(root: String) -> [(name: String, identity: ProcessIdentity)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/pid")) ?? []
    return names.sorted().compactMap { name in
      let bytes = (try? PrivateFiles.read("\(root)/pid/\(name)", limit: 100)) ?? []
      let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      guard words.count == 2, let pid = Int32(words[0]), let startTime = UInt64(words[1]) else { return nil }
      return (name, ProcessIdentity(pid: pid, startTime: startTime))
    }
  }

  private func renderedPaths() -> [String] {
    let bytes = (try? PrivateFiles.read(rendered, limit: 1 << 20)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
