internal import OpenSSL
package import RhizomeManifest

/// All manifests of one moment, and where they came from.
package struct ManifestSnapshot: Sendable, Hashable {
  /// Where from, for people and for the history: a folder's path, or a repository and its commit.
  package let origin: String
  /// Sorted by path.
  package let files: [ManifestFile]
  /// SHA-256 over paths and contents, in hexadecimal: equal digests mean equal manifests.
  package let digest: String

  package init(origin: String, files: [ManifestFile]) {
    self.origin = origin
    self.files = files.sorted { $0.path < $1.path }
    digest = ManifestSnapshot.digest(of: self.files)
  }

  /// Lengths go in before what they measure, so that no two snapshots are digested from the same bytes.
  private static func digest(of files: [ManifestFile]) -> String {
    let digest = Digest(.sha256)
    for file in files {
      digest.update(lengthPrefix(file.path.utf8.count))
      digest.update(Array(file.path.utf8))
      digest.update(lengthPrefix(file.bytes.count))
      digest.update(file.bytes)
    }
    return Hex.encode(digest.finalize())
  }

  private static func lengthPrefix(_ count: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(count).bigEndian) { Array($0) }
  }
}
