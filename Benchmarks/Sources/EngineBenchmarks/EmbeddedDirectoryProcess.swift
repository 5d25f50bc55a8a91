import DirectoryTestSupport
import Foundation

/// The embedded directory in a process of its own, as slapd is, so that its memory and its processor time are its own.
final class EmbeddedDirectoryProcess {
  static let command = "serve-directory"

  let port: Int
  private let process = Process()
  private let input = Pipe()

  var processID: Int32 { process.processIdentifier }

  struct NoPort: Error, CustomStringConvertible { let description = "the embedded directory did not tell its port" }

  /// Starts it and waits for its port.
  init() throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = [Self.command]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = Int(text.trimmingCharacters(in: .newlines)) else { throw NoPort() }
    self.port = port
  }

  deinit { process.terminate() }

  /// What runs in that process: serves until whoever started it ends.
  static func serve() async throws {
    try await EmbeddedDirectory.with { directory in
      print(directory.port)
      fflush(nil)
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          while readLine() != nil {}
          continuation.resume()
        }
      }
    }
  }
}
