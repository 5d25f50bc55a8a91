import Foundation

/// Programs that are not ours, run as a person would run them.
enum Tool {
  struct Output {
    let status: Int32
    let text: String
    let errors: String
  }

  /// The path of an installed program, or nil.
  static func path(_ name: String) -> String? {
    let searched = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
    let places: [Substring] = "\(searched):/usr/sbin:/sbin".split(separator: ":")
    return places.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program to its end, feeding it `input`.
  static func run(_ name: String, _ arguments: [String], input: String = "") async throws -> Output {
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

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  static func require<Value>(_ value: Value?, _ message: String) throws -> Value {
    guard let value else { throw Missing(description: message) }
    return value
  }
}

/// A folder that goes away with its owner.
final class TemporaryFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("directory-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appendingPathComponent(name) }
}
