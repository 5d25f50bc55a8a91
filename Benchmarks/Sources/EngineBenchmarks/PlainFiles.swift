import Foundation

/// Plain files in one directory, with the syncs that the object store needs, and nothing else.
struct PlainFiles: Sendable {
  private let directory: String

  struct Failure: Error, CustomStringConvertible { let description: String }

  init(directory: String) throws {
    self.directory = directory
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  /// Returns when the file is durable.
  func put(_ name: String, _ body: Body) throws {
    let (temporary, final) = ("\(directory)/temporary-\(name)", "\(directory)/\(name)")
    try withFile(temporary, O_WRONLY | O_CREAT | O_EXCL) { file in
      let count = body.bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      try check(count == body.bytes.count, "write", temporary)
      try check(fsync(file) == 0, "fsync", temporary)
    }
    try check(rename(temporary, final) == 0, "rename", final)
    try withFile(directory, O_RDONLY | O_DIRECTORY) { try check(fsync($0) == 0, "fsync", directory) }
  }

  /// - Returns: how many bytes there were, at most `byteCount`.
  func get(_ name: String, byteCount: Int) throws -> Int {
    try withFile("\(directory)/\(name)", O_RDONLY) { file in
      [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
        count = max(read(file, buffer.baseAddress, byteCount), 0)
      }.count
    }
  }

  private func withFile<Value>(_ path: String, _ flags: Int32, _ body: (Int32) throws -> Value) throws -> Value {
    let file = open(path, flags | O_CLOEXEC, 0o600)
    try check(file >= 0, "open", path)
    defer { close(file) }
    return try body(file)
  }

  private func check(_ isDone: Bool, _ call: String, _ path: String) throws {
    guard isDone else { throw Failure(description: "\(call) \(path): \(String(cString: strerror(errno)))") }
  }
}
