package import RhizomeManifest

/// One line of `git ls-tree -r -z`.
package struct GitTreeEntry: Sendable, Hashable {
  package enum Kind: Sendable, Hashable { case file, link, submodule }

  package let kind: Kind
  /// The object's name, in hexadecimal.
  package let object: String
  package let path: String
}

/// The files of a commit, as git lists them, before anything of them is read. Nothing is checked out: no hook, filter or
/// attribute of the repository is ever looked at.
package struct GitTree: Sendable, Hashable {
  /// Files whose contents are manifests, by path.
  package private(set) var manifests: [GitTreeEntry] = []
  /// Links, whose targets are still to be read, by path.
  package private(set) var links: [GitTreeEntry] = []

  /// Reads the list.
  /// - Throws: `SourceError` with the path of the first entry that must not be there.
  package init(listing: [UInt8], limits: ManifestLimits = .standard) throws(SourceError) {
    var count = 0
    for record in listing.split(separator: 0) {
      count += 1
      guard count <= GitLimits.entries else {
        throw SourceError(
          .limitExceeded,
          path: ".",
          message: "this exceeds the limit 'entries' of \(GitLimits.entries)"
        )
      }
      let entry = try GitTree.entry(record)
      try take(entry)
      guard manifests.count <= limits.files else {
        let message = "this exceeds the limit 'file count' of \(limits.files)"
        throw SourceError(.limitExceeded, path: entry.path, message: message)
      }
    }
  }

  /// Hidden files are left out, like in a folder; a link or submodule among them leads nowhere.
  private mutating func take(_ entry: GitTreeEntry) throws(SourceError) {
    if entry.path.split(separator: "/").contains(where: { $0.hasPrefix(".") }) { return }
    switch entry.kind {
    case .file: if GitTree.isManifest(entry.path) { manifests.append(entry) }
    case .link: links.append(entry)
    case .submodule:
      let message = "this is a submodule, and those are not followed; put the files here"
      throw SourceError(.specialFile, path: entry.path, message: message)
    }
  }

  static func isManifest(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }

  /// `MODE SP TYPE SP OBJECT TAB PATH` (git-ls-tree(1)).
  private static func entry(_ record: ArraySlice<UInt8>) throws(SourceError) -> GitTreeEntry {
    guard let tab = record.firstIndex(of: UInt8(ascii: "\t")) else { throw unreadable }
    let head = String(decoding: record[..<tab], as: UTF8.self).split(separator: " ")
    let path = try path(record[(tab + 1)...])
    guard head.count == 3, isObjectName(head[2]) else { throw unreadable }
    let kind: GitTreeEntry.Kind =
      switch head[0] {
      case "120000": .link
      case "160000": .submodule
      case "100644", "100755", "100664": .file
      default: throw SourceError(.specialFile, path: path, message: "this is of a kind that git does not have")
      }
    return GitTreeEntry(kind: kind, object: String(head[2]), path: path)
  }

  /// A path that stays inside: no part is empty, `.`, `..` or what git keeps for itself.
  private static func path(_ bytes: ArraySlice<UInt8>) throws(SourceError) -> String {
    guard let path = String(validating: bytes, as: UTF8.self), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw SourceError.badName(bytes, below: "")
    }
    for part in path.split(separator: "/", omittingEmptySubsequences: false) {
      guard !part.isEmpty, part != ".", part != "..", part.lowercased() != ".git" else {
        throw SourceError(
          .badName,
          path: path,
          message: "this name leads out of its folder; somebody has made it by hand"
        )
      }
    }
    return path
  }

  static func isObjectName(_ text: some StringProtocol) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }

  private static var unreadable: SourceError {
    SourceError(.unreadable, path: ".", message: "git's list of files is not of the form that is known")
  }
}

// MARK: - Links

extension GitTree {
  /// The file that a link stands for; nil for one that matters to nobody.
  /// - Throws: `SourceError` for every link that does not lead to a file inside.
  package func target(of link: GitTreeEntry, _ text: [UInt8]) throws(SourceError) -> GitTreeEntry? {
    let written = String(decoding: text.prefix(4_096), as: UTF8.self)
    guard let path = GitTree.resolve(written, from: link.path) else {
      let message = "the link leads out of the folder, to \(GitFailure.printable(written)); copy the file instead"
      throw SourceError(.outsideFolder, path: link.path, message: message)
    }
    guard GitTree.isManifest(link.path) else { return nil }
    guard let target = manifests.first(where: { $0.path == path }) else {
      let message = "the link does not lead to a manifest in this folder; copy the file instead"
      throw SourceError(.unreadable, path: link.path, message: message)
    }
    return GitTreeEntry(kind: .file, object: target.object, path: link.path)
  }

  /// The path that a link's text means, seen from the link; nil when it leads out.
  private static func resolve(_ text: String, from link: String) -> String? {
    guard !text.isEmpty, !text.hasPrefix("/") else { return nil }
    var parts = link.split(separator: "/").dropLast().map(String.init)
    for part in text.split(separator: "/") where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }
}
