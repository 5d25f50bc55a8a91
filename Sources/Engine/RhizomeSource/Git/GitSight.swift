package import RhizomeManifest
internal import RhizomeModel

/// What was seen at a place before it is followed: from then on only its own commits count, so a slip in what names it
/// could be mended by no commit.
package struct GitSight: Sendable, Hashable {
  package let settings: GitSettings
  /// The branch's newest commit.
  package let commit: String
  /// The manifests in the folder; nil where there is no such folder.
  package let files: [ManifestFile]?
  /// The folders that are where that one should be.
  package let folders: [String]

  package init(settings: GitSettings, commit: String, files: [ManifestFile]?, folders: [String] = []) {
    self.settings = settings
    self.commit = commit
    self.files = files
    self.folders = folders
  }

  /// Names that are told, of folders or mistakes.
  private static let named = 8

  /// What is wrong there, in a sentence; nil where the manifests of the cluster are there.
  package func problem(ofCluster name: String) -> String? {
    guard let files else { return "there is no folder '\(settings.path)' at \(place); \(neighbours)" }
    guard !files.isEmpty else {
      let folder = settings.path.isEmpty ? "it" : "the folder '\(settings.path)'"
      return "\(folder) holds no manifests at \(place); \(neighbours)"
    }
    let result = Manifest.load(files, source: SourceName.git)
    guard let desired = result.desired else { return mistakes(result.diagnostics) }
    guard desired.clusterName != name else { return nil }
    return "the manifests there, at \(place), are those of the Cluster '\(desired.clusterName)', not of '\(name)'"
  }

  private var place: String { "commit \(commit.prefix(10))" }

  private var neighbours: String {
    guard !folders.isEmpty else { return "there are no folders" }
    let rest = folders.count - GitSight.named
    let names = folders.prefix(GitSight.named).map { "'\($0)'" }.joined(separator: ", ")
    return (folders.count == 1 ? "there is \(names)" : "there are \(names)") + (rest > 0 ? " and \(rest) more" : "")
  }

  private func mistakes(_ diagnostics: [Diagnostic]) -> String {
    let errors = diagnostics.filter { $0.severity == .error }
    let lines = errors.prefix(GitSight.named).map { "\($0.location.file):\($0.location.line): \($0.message)" }
    let rest = errors.count - GitSight.named
    let more = rest > 0 ? "; and \(rest) more" : ""
    return "the manifests there, at \(place), have mistakes: \(lines.joined(separator: "; "))\(more)"
  }
}

extension GitFailure {
  /// The place itself answered, and is not what was named; anything else may be otherwise in a minute.
  package var isAboutThePlace: Bool {
    switch code {
    case .badSettings, .loginRefused, .hostKey, .noRepository, .noBranch, .moved, .tooLarge: true
    case .noGit, .unreachable, .timedOut, .damaged, .other: false
    }
  }
}
