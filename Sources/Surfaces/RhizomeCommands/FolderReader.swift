package import RhizomeAPI
import RhizomeManifest
package import RhizomeSource

/// Reads the folder that a verb was given.
package enum FolderReader {
  package static func snapshot(_ folder: String) throws -> ManifestSnapshot {
    do {
      return try FolderSource(folder: folder).snapshot()
    } catch {
      throw hint(error, folder)
    }
  }

  /// A folder that is gone may have been renamed: then where it may be now is told.
  private static func hint(_ error: SourceError, _ folder: String) -> any Error {
    let found = error.code == .notAFolder ? FolderMove.candidates(for: folder) : []
    guard !found.isEmpty else { return error }
    return Complaint(
      "folderRenamed: \(error.description). Was it renamed? Manifests are in \(found.joined(separator: ", "))."
    )
  }

  /// The folder, ready to be sent.
  /// - Throws: `Complaint` for a file that is not text; the daemon tells everything else.
  package static func bundle(_ folder: String) throws -> ManifestBundle {
    try bundle(try snapshot(folder), author: Author.current)
  }

  /// Manifests from elsewhere, likewise.
  package static func bundle(_ snapshot: ManifestSnapshot, author: String) throws -> ManifestBundle {
    var files: [String: String] = [:]
    for file in snapshot.files {
      guard let text = String(validating: file.bytes, as: UTF8.self) else {
        throw Complaint("\(file.path) is not UTF-8 text; `rhizome validate` tells where.")
      }
      files[file.path] = text
    }
    return ManifestBundle(files: files, origin: snapshot.origin, author: author)
  }
}
