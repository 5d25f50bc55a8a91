import Foundation
import PrivateFiles
import Testing

@testable import ProcessSupervisor

@Suite("Log file")
struct LogFileTests {
  private func withLog(_ bytesPerFile: Int = 1_000, _ body: (LogFile, String) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/log-\(UUID().uuidString)"
    try PrivateFiles.makeDirectory(directory)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body(LogFile(path: directory + "/log", bytesPerFile: bytesPerFile, olderFiles: 2), directory)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func sizeIsBoundedAndFilesArePrivate() async throws {
    try await withLog { log, directory in
      for number in 0..<1_000 { log.append(Array("line \(number)\n".utf8)) }
      let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
      #expect(files == ["log", "log.1", "log.2"])
      for file in files {
        let attributes = try FileManager.default.attributesOfItem(atPath: directory + "/" + file)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect((attributes[.size] as? Int ?? .max) <= 1_000)
      }
    }
  }

  @Test func tailReachesIntoOlderFiles() async throws {
    try await withLog { log, _ in
      for number in 0..<1_000 { log.append(Array("line \(number)\n".utf8)) }
      #expect(text(log.tail(lines: 3)) == "line 997\nline 998\nline 999\n")
      let many = text(log.tail(lines: 150)).split(separator: "\n")
      #expect(many.map(String.init) == (850..<1_000).map { "line \($0)" })
      #expect(text(log.tail(lines: 100_000)).hasSuffix("line 999\n"))
      #expect(log.tail(lines: 0) == [])
      log.append(Array("unfinished".utf8))
      #expect(text(log.tail(lines: 2)) == "line 999\nunfinished")
    }
  }

  @Test func emptyLogHasNoTail() async throws {
    try await withLog { log, _ in #expect(log.tail(lines: 10) == []) }
  }

  @Test func followersGetThePastAndTheRest() async throws {
    try await withLog { log, _ in
      log.append(Array("one\ntwo\n".utf8))
      var follower = log.follow(tail: 1).makeAsyncIterator()
      log.append(Array("three\n".utf8))
      #expect(await follower.next().map(text) == "two\n")
      #expect(await follower.next().map(text) == "three\n")
    }
  }

  @Test func logGoesOnAfterReopening() async throws {
    try await withLog { log, directory in
      log.append(Array("before\n".utf8))
      let reopened = LogFile(path: directory + "/log")
      reopened.append(Array("after\n".utf8))
      #expect(text(reopened.tail(lines: 10)) == "before\nafter\n")
    }
  }
}
