import Foundation
import RhizomeManifest
import RhizomeSource
import Testing

@Suite("Reading a folder")
struct FolderSourceTests {
  /// A folder that goes away after the test.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "rhizome-source-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func write(_ text: String, to path: String, in folder: URL) throws {
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  private func failure(_ folder: URL, limits: ManifestLimits = .standard) -> SourceError? {
    do {
      _ = try FolderSource(folder: folder.path, limits: limits).snapshot()
      return nil
    } catch {
      return error
    }
  }

  @Test("finds manifests at every depth, sorted, and leaves hidden folders and other files out")
  func finds() throws {
    try withFolder { folder in
      try write("b", to: "b.yaml", in: folder)
      try write("c", to: "a/deep/c.yml", in: folder)
      try write("x", to: "README.md", in: folder)
      try write("x", to: ".git/x.yaml", in: folder)
      try write("x", to: ".hidden.yaml", in: folder)
      let snapshot = try FolderSource(folder: folder.path).snapshot()
      #expect(snapshot.files.map(\.path) == ["a/deep/c.yml", "b.yaml"])
      #expect(snapshot.files.map(\.bytes) == [Array("c".utf8), Array("b".utf8)])
      #expect(snapshot.digest.count == 64)
    }
  }

  @Test("the digest follows names and contents, and nothing else")
  func digest() throws {
    try withFolder { folder in
      try write("1", to: "a.yaml", in: folder)
      let first = try FolderSource(folder: folder.path).snapshot().digest
      try write("other", to: "note.txt", in: folder)
      #expect(try FolderSource(folder: folder.path).snapshot().digest == first)
      try write("2", to: "a.yaml", in: folder)
      let second = try FolderSource(folder: folder.path).snapshot().digest
      #expect(second != first)
      try FileManager.default.moveItem(at: folder.appending(path: "a.yaml"), to: folder.appending(path: "b.yaml"))
      #expect(try FolderSource(folder: folder.path).snapshot().digest != second)
    }
  }

  @Test("a link inside the folder is followed; one that leaves it is refused")
  func links() throws {
    try withFolder { folder in
      let inside = folder.appending(path: "tree")
      try write("a", to: "tree/.data/a.yaml", in: folder)
      try write("x", to: "outside.yaml", in: folder)
      let link = inside.appending(path: "a.yaml")
      try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: ".data/a.yaml")
      #expect(try FolderSource(folder: inside.path).snapshot().files.map(\.path) == ["a.yaml"])
      let escape = inside.appending(path: "b.yaml")
      try FileManager.default.createSymbolicLink(atPath: escape.path, withDestinationPath: "../outside.yaml")
      let error = failure(inside)
      #expect(error?.code == .outsideFolder && error?.path == "b.yaml")
    }
  }

  @Test("links to folders and links that lead nowhere are refused")
  func strangeLinks() throws {
    try withFolder { folder in
      try write("a", to: "real/a.yaml", in: folder)
      let link = folder.appending(path: "loop").path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: ".")
      #expect(failure(folder)?.code == .outsideFolder || failure(folder)?.code == .specialFile)
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link + ".yaml", withDestinationPath: "nowhere")
      #expect(failure(folder)?.code == .unreadable)
    }
  }

  @Test("a pipe is refused, and nobody waits for it")
  func pipe() throws {
    try withFolder { folder in
      let path = folder.appending(path: "pipe.yaml").path
      #expect(mkfifo(path, 0o600) == 0)
      #expect(failure(folder)?.code == .specialFile)
    }
  }

  @Test("sizes are checked before reading: a sparse file of 1 GB costs nothing")
  func large() throws {
    try withFolder { folder in
      let path = folder.appending(path: "large.yaml").path
      #expect(FileManager.default.createFile(atPath: path, contents: nil))
      #expect(truncate(path, 1 << 30) == 0)
      let started = ContinuousClock.now
      let error = failure(folder)
      #expect(error?.code == .limitExceeded && error?.message.contains("'file size'") == true)
      #expect(ContinuousClock.now - started < .seconds(1))
    }
  }

  @Test("counts and sums are limited, by name")
  func limits() throws {
    try withFolder { folder in
      for number in 0..<5 { try write("12345", to: "\(number).yaml", in: folder) }
      var limits = ManifestLimits()
      limits.files = 4
      #expect(failure(folder, limits: limits)?.message.contains("'file count'") == true)
      limits = ManifestLimits()
      limits.totalBytes = 24
      #expect(failure(folder, limits: limits)?.message.contains("'total size'") == true)
      limits.totalBytes = 25
      #expect(failure(folder, limits: limits) == nil)
    }
  }

  @Test(
    "a file that may not be read is an error, never skipped",
    .enabled(if: getuid() != 0, "root may read every file")
  )
  func unreadable() throws {
    try withFolder { folder in
      try write("a", to: "a.yaml", in: folder)
      #expect(chmod(folder.appending(path: "a.yaml").path, 0) == 0)
      #expect(failure(folder)?.code == .unreadable)
    }
  }

  @Test("a name that is not text is refused")
  func names() throws {
    try withFolder { folder in
      let name = Array(folder.path.utf8CString.dropLast()) + [0x2F, CChar(bitPattern: 0xFF), 0]
      #expect(mkdir(name, 0o700) == 0)
      defer { rmdir(name) }
      #expect(failure(folder)?.description == "\\xff: the name of this file is not UTF-8 text; rename it")
    }
    try withFolder { folder in
      try write("a", to: "a\u{1B}[2J.yaml", in: folder)
      let told = "a\\u{1b}[2J.yaml: the name of this file holds control characters; rename it"
      #expect(failure(folder)?.description == told)
    }
  }

  @Test("no such folder")
  func missing() { #expect(failure(URL(filePath: "/nowhere/at/all"))?.code == .notAFolder) }
}
