import Foundation
import Logging
import ObjectStore
import S3Protocol
import ServiceLifecycle
import Synchronization

/// A clock that stands where a test puts it, or runs with the system's.
final class TestClock: Sendable {
  private let offset = Mutex<Int64>(0)

  /// Seconds by which the clock is ahead of the system's.
  func shift(by seconds: Int64) { offset.withLock { $0 += seconds * 1000 } }

  var now: Timestamp {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + offset.withLock { $0 })
  }
}

/// A store in a directory of its own.
struct StoreFixture: Sendable {
  static let keyID = "GK0123456789abcdef01234567"
  static let secret = String(repeating: "0123456789abcdef", count: 4)

  let directory: String
  let clock = TestClock()

  /// Runs `body` with a fresh directory, removed afterwards.
  static func with<Value>(_ body: (StoreFixture) async throws -> Value) async throws -> Value {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID())").path
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(StoreFixture(directory: directory))
  }

  var dataDirectory: String { "\(directory)/data" }

  /// - Parameter key: the byte that the encryption key consists of.
  func open(inlineByteCount: Int = 16 * 1024, key: UInt8 = 7) async throws -> ObjectStore {
    var configuration = ObjectStore.Configuration(
      directory: dataDirectory,
      encryptionKey: [UInt8](repeating: key, count: 32),
      clock: { [clock] in clock.now }
    )
    configuration.inlineByteCount = inlineByteCount
    return try await ObjectStore.open(configuration, logger: Logger(label: "test"))
  }

  /// Runs `body` with a store, served on free ports, and stops it.
  func serving<Value: Sendable>(
    inlineByteCount: Int = 16 * 1024,
    _ body: @escaping @Sendable (RunningStore) async throws -> Value
  ) async throws -> Value {
    let store = try await open(inlineByteCount: inlineByteCount)
    let logger = Logger(label: "test")
    let s3 = S3Server(
      store,
      address: ListenAddress(port: 0),
      virtualHostSuffixes: ["s3.localhost"],
      logger: logger
    )
    let web = WebServer(store, address: ListenAddress(port: 0), hostSuffixes: ["web.localhost"], logger: logger)
    let services = ServiceGroup(services: [s3, web], logger: logger)
    let result = try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await services.run() }
      let running = RunningStore(
        store: store,
        fixture: self,
        s3Port: try await s3.boundPort(),
        webPort: try await web.boundPort()
      )
      let result = try await body(running)
      await services.triggerGracefulShutdown()
      return result
    }
    try await store.close()
    return result
  }
}

/// A store that is being served.
struct RunningStore: Sendable {
  let store: ObjectStore
  let fixture: StoreFixture
  let s3Port: Int
  let webPort: Int

  var endpoint: String { "http://127.0.0.1:\(s3Port)" }

  /// Imports the usual key, which may create buckets.
  func importKey(_ id: String = StoreFixture.keyID, mayCreateBuckets: Bool = true) async throws {
    let settings = AccessKeySettings(name: "test", mayCreateBuckets: mayCreateBuckets)
    try await store.importKey(id: id, secret: StoreFixture.secret, settings, mark: nil)
  }

  /// A bucket on which the usual key has `permissions`.
  @discardableResult
  func makeBucket(
    _ name: String,
    _ permissions: Permissions = [.read, .write, .owner],
    settings: BucketSettings? = nil
  ) async throws -> Bucket {
    let bucket = try await store.createBucket(settings ?? BucketSettings(aliases: [name]), mark: nil)
    try await store.setGrant(bucketID: bucket.id, keyID: StoreFixture.keyID, permissions, mark: nil)
    return bucket
  }
}
