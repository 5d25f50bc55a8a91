import Foundation
import PrivateFiles
import Testing

@Suite("Private files")
struct PrivateFilesTests {
  private let directory = FileManager.default.temporaryDirectory.path + "/private-files-\(UUID().uuidString)"

  private func inDirectory(_ body: () throws -> Void) throws {
    try PrivateFiles.makeDirectory(directory)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body()
  }

  private func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
  }

  @Test func directoriesAndFilesArePrivateFromTheStart() throws {
    try inDirectory {
      try PrivateFiles.makeDirectory(directory + "/a/b")
      try PrivateFiles.write(Array("x".utf8), to: directory + "/a/b/file")
      #expect(try mode(directory) == 0o700)
      #expect(try mode(directory + "/a") == 0o700)
      #expect(try mode(directory + "/a/b") == 0o700)
      #expect(try mode(directory + "/a/b/file") == 0o600)
      #expect(try PrivateFiles.read(directory + "/a/b/file", limit: 10) == Array("x".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory + "/a/b") == ["file"])
    }
  }

  @Test func readableByOthersIsRefused() throws {
    try inDirectory {
      let path = directory + "/open"
      try PrivateFiles.write([1], to: path, mode: 0o640)
      let error = #expect(throws: PrivateFileError.self) { try PrivateFiles.read(path, limit: 10) }
      #expect(error?.code == .notPrivate)
      #expect(error?.message.contains("chmod 600 '\(path)'") == true)
    }
  }

  @Test func linksAndDirectoriesAreRefused() throws {
    try inDirectory {
      try PrivateFiles.write([1], to: directory + "/real")
      try FileManager.default.createSymbolicLink(atPath: directory + "/link", withDestinationPath: directory + "/real")
      #expect(throws: PrivateFileError.self) { try PrivateFiles.read(directory + "/link", limit: 10) }
      #expect(throws: PrivateFileError.self) { try PrivateFiles.check(directory + "/link") }
      #expect(throws: PrivateFileError.self) { try PrivateFiles.check(directory) }
    }
  }

  @Test func creatingNeverReplaces() throws {
    try inDirectory {
      let path = directory + "/once"
      try PrivateFiles.create(path, with: [1])
      let error = #expect(throws: PrivateFileError.self) { try PrivateFiles.create(path, with: [2]) }
      #expect(error?.code == .exists)
      #expect(try PrivateFiles.read(path, limit: 1) == [1])
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["once"])
    }
  }

  @Test func oversizedFilesAreRefused() throws {
    try inDirectory {
      try PrivateFiles.write(Array(repeating: 0, count: 200_000), to: directory + "/big")
      let error = #expect(throws: PrivateFileError.self) { try PrivateFiles.read(directory + "/big", limit: 100) }
      #expect(error?.code == .tooLarge)
    }
  }

  @Test func lockHasOneHolder() throws {
    try inDirectory {
      let path = directory + "/lock"
      try withExtendedLifetime(FileLock(path)) { held in
        let second = try FileLock(path)
        #expect(held != nil)
        #expect(second == nil)
      }
      let later = try FileLock(path)
      #expect(later != nil, "a released lock is free")
    }
  }

  /// A child that was forked and has not come to its exec yet shares the locked descriptor, as a duplicate does.
  @Test func releasedLockIsFreeAlthoughItsDescriptorWasInherited() throws {
    try inDirectory {
      let path = directory + "/lock"
      let lock = try #require(try FileLock(path))
      let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }.first {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
      }
      let inherited = dup(try #require(open))
      defer { close(inherited) }
      lock.release()
      let next = try FileLock(path)
      #expect(next != nil)
    }
  }
}
