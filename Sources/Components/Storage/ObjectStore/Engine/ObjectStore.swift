package import Logging
package import S3Protocol
internal import GRDB
internal import NIOPosix
internal import OpenSSL
internal import Synchronization

/// An S3 store for one machine: metadata in SQLite, contents as files, nothing acknowledged before it is durable.
///
/// It is administered through the methods of the `Administration` folder and spoken to over HTTP through `S3Server`
/// and `WebServer`. One process owns a data directory at a time.
package final class ObjectStore: Sendable {
  package struct Configuration: Sendable {
    /// Where everything is kept; made when missing, private to its user.
    package var directory: String
    /// The region that clients must sign for.
    package var region = "garage"
    /// Encrypts the secrets of access keys; 32 bytes.
    package var encryptionKey: [UInt8]
    /// Objects of at most so many bytes are kept in the database, where they cost one sync instead of three.
    package var inlineByteCount = 16 * 1024
    package var clock: @Sendable () -> Timestamp
    /// A new identifier at each call: 64 hexadecimal digits that nobody can guess.
    package var makeIdentifier: @Sendable () -> String

    package init(
      directory: String,
      encryptionKey: [UInt8],
      clock: @escaping @Sendable () -> Timestamp,
      makeIdentifier: @escaping @Sendable () -> String = { Hex.encode(SecureRandom.bytes(32)) }
    ) {
      (self.directory, self.encryptionKey) = (directory, encryptionKey)
      (self.clock, self.makeIdentifier) = (clock, makeIdentifier)
    }
  }

  /// What the start found and put right.
  package struct StartupReport: Sendable, Hashable {
    /// Uploads that a crash or a stop cut off.
    package internal(set) var removedTemporaryFiles = 0
    /// Files that no object refers to, moved to `unreferenced`.
    package internal(set) var setAsideFiles = 0
    /// Files that were set aside, and that objects refer to after all: the right database is back.
    package internal(set) var takenBackFiles = 0
    /// Files that were set aside long ago.
    package internal(set) var removedOrphanFiles = 0
    /// Files that an object refers to and that are missing or of the wrong size: their objects cannot be read.
    package internal(set) var damagedFiles: [String] = []
  }

  package let configuration: Configuration
  package let startupReport: StartupReport
  let metadata: MetadataDatabase
  let blobs: BlobDirectory
  let logger: Logger
  /// Where calls that block on the disk run, so that they never block the tasks of the rest of the process.
  let threads: NIOThreadPool
  private let lock: Mutex<OpenFile?>

  /// Opens the store, and clears up what the last run may have left.
  /// - Throws: `StoreError` when the directory is in use, cannot be used, is damaged, or was sealed with another key.
  package static func open(_ configuration: Configuration, logger: Logger) async throws -> ObjectStore {
    let threads = NIOThreadPool(numberOfThreads: 8)
    threads.start()
    do {
      return try await threads.runIfActive { try ObjectStore(configuration, threads, logger) }
    } catch {
      try? await threads.shutdownGracefully()
      throw error
    }
  }

  private init(_ configuration: Configuration, _ threads: NIOThreadPool, _ logger: Logger) throws {
    guard configuration.encryptionKey.count == AuthenticatedEncryption.keyByteCount else {
      throw StoreError(.invalid, "The store's encryption key must have \(AuthenticatedEncryption.keyByteCount) bytes.")
    }
    (self.configuration, self.threads, self.logger) = (configuration, threads, logger)
    let lock = try Self.takeDirectory(configuration.directory)
    self.lock = Mutex(lock)
    blobs = BlobDirectory(root: configuration.directory)
    try blobs.prepare()
    metadata = try MetadataDatabase(path: "\(configuration.directory)/metadata.sqlite")
    // After the database's own file was made: its name must be as durable as what is committed to it.
    try FileSystem.synchronizeDirectory(configuration.directory)
    try metadata.readBlocking(EncryptionWitness(key: configuration.encryptionKey).check)
    let now = configuration.clock().milliseconds / 1_000
    startupReport = try Sweep(metadata: metadata, blobs: blobs, now: now).run()
    tellStart()
  }

  private func tellStart() {
    let report = startupReport
    if report.setAsideFiles > 0 {
      logger.warning(
        """
        \(report.setAsideFiles) files that no object refers to were moved to \(configuration.directory)/unreferenced, \
        and are removed after 30 days. A few are what a crash leaves; if metadata.sqlite was lost, or an older one was put \
        back, stop the daemon and put the right one back: the files then come back by themselves
        """
      )
    }
    if report.takenBackFiles > 0 {
      logger.notice("\(report.takenBackFiles) files that had been set aside belong to objects again")
    }
    if !report.damagedFiles.isEmpty {
      logger.error(
        "the content of \(report.damagedFiles.count) objects or parts is missing from \(configuration.directory)/blobs"
      )
    }
  }

  private static func takeDirectory(_ directory: String) throws -> OpenFile {
    do {
      // A new directory is only as durable as its name in the one above.
      if try FileSystem.makeDirectory(directory) { try FileSystem.synchronizeDirectory("\(directory)/..") }
      try FileSystem.createPrivateFile("\(directory)/lock")
      let lock = try OpenFile("\(directory)/lock", .read)
      try lock.lock()
      return lock
    } catch {
      let advice = "Is another process using it, or does it belong to another user?"
      throw StoreError(.unavailable, "The store's directory cannot be used (\(error)). \(advice)")
    }
  }

  /// From now on the store opens with this encryption key only. For whoever has made sure that it is the right one: a
  /// store without sealed secrets cannot tell.
  package func bindToKey() async throws {
    try await metadata.write { [configuration] in try EncryptionWitness(key: configuration.encryptionKey).leave($0) }
  }

  /// Closes the database and lets go of the directory. Requests still running fail.
  package func close() async throws {
    try await threads.shutdownGracefully()
    try metadata.close()
    lock.withLock { $0 = nil }
  }

  /// The journal mode and synchronisation level in force: `wal` and 2 (FULL), or acknowledged writes could be lost.
  package func durability() throws -> (journal: String, synchronous: Int) { try metadata.durability() }

  /// Runs blocking work on the store's own threads.
  func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await threads.runIfActive(body)
  }

  /// Removes files that no row refers to any more. Failures are for the log only: the next start repeats it.
  func discard(_ files: [String]) async {
    guard !files.isEmpty else { return }
    do {
      try await blocking { [blobs] in for file in files { try blobs.discard(file) } }
    } catch {
      logger.warning("could not remove a file that is no longer needed", metadata: ["error": "\(error)"])
    }
  }
}
