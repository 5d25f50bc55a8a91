import Foundation

/// The object store's engine against plain files: durable writes, and reads of what the page cache holds.
enum StorageBenchmark {
  private static let promise = 0.5
  /// Objects that are written beforehand, to be read.
  private static let readCount = 200

  static func run() async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("storage-benchmark-\(UUID())")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let engine = try await EngineObjects(directory: "\(root.path)/store")
    let files = try PlainFiles(directory: "\(root.path)/files")
    print("object store engine called directly, without HTTP and signatures; bodies checked by MD5 and SHA-256")
    print("plain files: write, fsync, rename, fsync the directory; a thread for each writer; no digests")
    for size in [4 << 10, 1 << 20] {
      let body = Body(byteCount: size)
      for workers in [1, 8] { try await comparePut(body, workers, engine, files) }
      for number in 0..<readCount {
        try await engine.put("read-\(size)-\(number)", body)
        try files.put("read-\(size)-\(number)", body)
      }
      for workers in [1, 8] { try await compareGet(body, workers, engine, files) }
    }
    try await engine.close()
  }

  private static func comparison(_ verb: String, _ body: Body, _ workers: Int) -> Comparison {
    let title = "\(verb) \(body.bytes.count >> 10) KiB, \(workers) at once"
    return Comparison(title: title, workers: workers, promise: promise, duration: .seconds(1))
  }

  /// A new name for each object.
  private static func comparePut(_ body: Body, _ workers: Int, _ engine: EngineObjects, _ files: PlainFiles)
    async throws
  {
    try await comparison("PUT", body, workers).run(
      Contender("ObjectStore") { _, _ in try await engine.put(UUID().uuidString, body) },
      against: Contender("plain files", blocking: { _, _ in try files.put(UUID().uuidString, body) })
    )
  }

  private static func compareGet(_ body: Body, _ workers: Int, _ engine: EngineObjects, _ files: PlainFiles)
    async throws
  {
    let name: @Sendable (Int, Int) -> String = { worker, number in
      "read-\(body.bytes.count)-\((number + worker * 25) % readCount)"
    }
    try await comparison("GET", body, workers).run(
      Contender("ObjectStore") { worker, number in
        let count = try await engine.get(name(worker, number))
        try WrongAnswer.unless(count == body.bytes.count, "an object is cut")
      },
      against: Contender(
        "plain files",
        blocking: { worker, number in
          let count = try files.get(name(worker, number), byteCount: body.bytes.count)
          try WrongAnswer.unless(count == body.bytes.count, "a file is cut")
        }
      )
    )
  }
}
