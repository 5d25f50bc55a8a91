/// How much a folder of manifests may hold. Each limit is far above what people write, and low enough that hostile input
/// ends in an error within bounded memory and time.
package struct ManifestLimits: Sendable, Hashable {
  /// Bytes in one file.
  package var fileBytes = 4 << 20
  /// Bytes in all files together.
  package var totalBytes = 64 << 20
  /// Files in a folder.
  package var files = 10_000
  /// Documents in all files together.
  package var documents = 50_000
  /// Lists and maps inside each other.
  package var depth = 64
  /// Values in all files together, with every alias replaced by what it stands for.
  package var nodes = 1_000_000
  /// Values in one document, with every alias replaced by what it stands for.
  package var nodesPerDocument = 100_000
  /// Bytes in one text.
  package var scalarBytes = 1 << 20
  /// Lines of one file that begin with `%`: libyaml compares each directive with all before it.
  package var directives = 64
  /// Errors and warnings that are told one by one.
  package var diagnostics = 500

  package init() {}

  package static let standard = ManifestLimits()
}

extension ManifestLimits {
  /// The limits with their names and meanings, for the reference page.
  package var table: [(name: String, value: Int, meaning: String)] {
    [
      ("file size", fileBytes, "bytes in one file"),
      ("total size", totalBytes, "bytes in all files together"),
      ("file count", files, "files in the folder"),
      ("document count", documents, "documents in all files together"),
      ("depth", depth, "lists and maps inside each other"),
      ("value count", nodes, "values in all files together, with every alias replaced by what it stands for"),
      ("alias expansion", nodesPerDocument, "values in one document, with every alias replaced by what it stands for"),
      ("text length", scalarBytes, "bytes in one text"),
      ("directive count", directives, "lines of one file that begin with %"),
      ("diagnostic count", diagnostics, "errors and warnings told one by one; the rest is counted"),
    ]
  }
}
