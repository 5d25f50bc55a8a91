internal import Foundation

/// Where a folder of manifests may be that is gone.
package enum FolderMove {
  /// So much is looked at, and no more: this only helps with a message.
  private enum Limit {
    static let neighbours = 200
    static let files = 50
    static let bytes = 256 << 10
  }

  /// The folders beside it that declare a Cluster, by name.
  package static func candidates(for folder: String) -> [String] {
    let place = URL(fileURLWithPath: folder).standardizedFileURL
    let parent = place.deletingLastPathComponent().path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    return names.sorted().prefix(Limit.neighbours).map { "\(parent)/\($0)" }.filter(declaresCluster)
  }

  private static func declaresCluster(_ folder: String) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.prefix(Limit.files).contains {
      name in
      guard let file = FileHandle(forReadingAtPath: "\(folder)/\(name)") else { return false }
      defer { try? file.close() }
      let bytes = (try? file.read(upToCount: Limit.bytes)) ?? Data()
      return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
        line.hasPrefix("kind:") && line.dropFirst(5).drop { $0 == " " }.hasPrefix("Cluster")
      }
    }
  }
}
