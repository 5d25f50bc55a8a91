package import Foundation

/// Programs that are not ours, run as a person would run them.
package enum Tool {
  /// How a program ended, and what it said.
  package struct Output {
    package let status: Int32
    package let text: String
    package let errors: String
  }

  /// The path of an installed program, or nil.
  package static func path(_ name: String) -> String? {
    let searched = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    let places: [Substring] = "\(searched):/usr/sbin:/sbin".split(separator: ":")
    return places.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program to its end, feeding it `input`.
  package static func run(_ name: String, _ arguments: [String], input: String = "") async throws -> Output {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try require(path(name), "\(name) is not installed"))
    process.arguments = arguments
    let directory = try TemporaryFolder()
    let (stdin, stdout, stderr) = (directory.file("in"), directory.file("out"), directory.file("err"))
    try Data(input.utf8).write(to: stdin)
    for file in [stdout, stderr] { try Data().write(to: file) }
    process.standardInput = try FileHandle(forReadingFrom: stdin)
    process.standardOutput = try FileHandle(forWritingTo: stdout)
    process.standardError = try FileHandle(forWritingTo: stderr)
    // Waiting must not hold a thread of the pool: the server under test needs them too.
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in continuation.resume() }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    return Output(
      status: process.terminationStatus,
      text: String(decoding: try Data(contentsOf: stdout), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: stderr), as: UTF8.self)
    )
  }

  /// Something that a test needs is not there.
  package struct Missing: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Throws: `Missing` when there is nothing.
  static func require<Value>(_ value: Value?, _ message: String) throws -> Value {
    guard let value else { throw Missing(description: message) }
    return value
  }
}

/// A folder that goes away with its owner.
package final class TemporaryFolder: Sendable {
  package let url: URL

  package init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("directory-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The place of a file in it.
  package func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}
