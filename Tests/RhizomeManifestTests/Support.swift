import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

/// Where things lie in the checkout.
enum Checkout {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let bad = root.appending(path: "Tests/Fixtures/bad")
  static let good = root.appending(path: "Tests/Fixtures/good")
  static let examples = root.appending(path: "Examples")

  /// The folders inside a folder, sorted.
  static func folders(in folder: URL) -> [URL] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted().map { folder.appending(path: $0) }
  }

  /// The manifests below a folder; nothing in hidden folders, as for the daemon.
  static func manifests(in folder: URL) throws -> [ManifestFile] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { path in
      !path.split(separator: "/").contains { $0.hasPrefix(".") }
    }
    return try names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().map { name in
      ManifestFile(path: name, bytes: Array(try Data(contentsOf: folder.appending(path: name))))
    }
  }
}

/// Compares with a kept file, or keeps the text when `RECORD_SNAPSHOTS=1`.
func expectSnapshot(_ text: String, at file: URL, sourceLocation: Testing.SourceLocation = #_sourceLocation) throws {
  if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
    try Data(text.utf8).write(to: file)
    return
  }
  let kept = (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) }
  #expect(text == kept, "\(file.lastPathComponent): record it with RECORD_SNAPSHOTS=1", sourceLocation: sourceLocation)
}

/// Loads one file of text.
func load(_ text: String, limits: ManifestLimits = .standard, now: Timestamp? = nil) -> ManifestResult {
  Manifest.load([ManifestFile(path: "a.yaml", bytes: Array(text.utf8))], source: "test", limits: limits, now: now)
}

/// A cluster, a home and a machine, to put other declarations beside.
let foundation = """
  apiVersion: rhizome/v1
  kind: Cluster
  metadata: {name: plant}
  spec: {domain: plant.example}
  ---
  apiVersion: rhizome/v1
  kind: Zone
  metadata: {name: home}
  spec: {gateway: {mode: upnp}}
  ---
  apiVersion: rhizome/v1
  kind: Node
  metadata: {name: laptop, labels: {disk: ssd}}
  spec: {zone: home, address: 192.168.1.20, storage: {capacity: 100GB}}

  """
