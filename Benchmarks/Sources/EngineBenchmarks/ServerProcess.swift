import Foundation

/// A server in a process of its own, as slapd is, so that its memory and its processor time are its own: this program
/// again, with the server's name as its argument.
final class ServerProcess {
  let port: Int
  private let process = Process()
  private let input = Pipe()

  var processID: Int32 { process.processIdentifier }

  struct NoPort: Error, CustomStringConvertible {
    let name: String
    var description: String { "\(name) did not tell its port" }
  }

  /// Starts it and waits for its port.
  init(_ name: String) throws {
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = [name]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = Int(text.trimmingCharacters(in: .newlines)) else { throw NoPort(name: name) }
    self.port = port
  }

  deinit { process.terminate() }

  /// Inside that process: tells the port, and returns when whoever started it has ended.
  static func serve(on port: Int) async {
    print(port)
    fflush(nil)
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        while readLine() != nil {}
        continuation.resume()
      }
    }
  }
}
