package import LDAPProtocol
package import Logging
internal import OpenSSL
internal import Synchronization

/// The directory as sessions see it: snapshots to read, one line of changes to write.
package final class DirectoryStore: Sendable {
  private struct Job: Sendable {
    let request: DirectoryWriteRequest
    let completion: @Sendable (LDAPResult) -> Void
  }

  package let settings: DirectorySettings
  private let backend: any DirectoryBackend
  private let tree: Mutex<DirectoryTree>
  private let nowSeconds: @Sendable () -> Int
  private let newUUID: @Sendable () -> String
  private let jobs: AsyncStream<Job>
  private let continuation: AsyncStream<Job>.Continuation
  private let logger: Logger
  /// Checked in place of a hash where there is none, so that both cases take the same time.
  private let decoyHash: [UInt8]

  /// Reads all entries from the backend.
  /// - Parameters:
  ///   - nowSeconds: the time, in seconds since 1970-01-01T00:00:00Z.
  ///   - newUUID: a fresh UUID in the text form of RFC 4122.
  /// - Throws: what the backend throws, `DirectoryRecordError`, `SchemaError`.
  package init(
    suffix: DistinguishedName,
    schema: DirectorySchema,
    settings: DirectorySettings,
    backend: any DirectoryBackend,
    nowSeconds: @escaping @Sendable () -> Int,
    newUUID: @escaping @Sendable () -> String,
    logger: Logger
  ) async throws {
    var tree = try DirectoryTree(suffix: suffix, schema: schema)
    try tree.load(try await backend.load())
    self.tree = Mutex(tree)
    self.settings = settings
    self.backend = backend
    self.nowSeconds = nowSeconds
    self.newUUID = newUUID
    self.logger = logger
    decoyHash = settings.passwordScheme.hash(SecureRandom.bytes(16))
    (jobs, continuation) = AsyncStream.makeStream()
  }

  /// The tree as of now.
  package var snapshot: DirectoryTree { tree.withLock { $0 } }

  /// Puts a change in line. `completion` is called once, after the change is durable or refused.
  package func submit(_ request: DirectoryWriteRequest, completion: @escaping @Sendable (LDAPResult) -> Void) {
    let outcome = continuation.yield(Job(request: request, completion: completion))
    if case .enqueued = outcome { return }
    completion(LDAPResult(.unavailable, diagnosticMessage: "the directory is stopping"))
  }

  /// Puts a change in line and waits for its end.
  package func perform(_ request: DirectoryWriteRequest) async -> LDAPResult {
    await withCheckedContinuation { continuation in submit(request) { continuation.resume(returning: $0) } }
  }

  /// Does changes, one after the other, until `stop` is called and the line is empty.
  package func run() async {
    for await job in jobs { job.completion(await process(job.request)) }
  }

  /// Takes no more changes; `run` ends after those already in line.
  package func stop() { continuation.finish() }

  private func process(_ request: DirectoryWriteRequest) async -> LDAPResult {
    let snapshot = snapshot
    do {
      let write = try prepare(request, snapshot)
      let context = DirectoryWriteContext(
        identity: request.identity,
        access: settings.access,
        nowSeconds: nowSeconds(),
        newUUID: newUUID()
      )
      return await commit(try snapshot.plan(write, context), snapshot)
    } catch {
      return error.result
    }
  }

  private func commit(_ changes: [EntryChange], _ snapshot: DirectoryTree) async -> LDAPResult {
    let stored = changes.map { change -> DirectoryBackendChange in
      switch change {
      case .put(let entry): .put(.init(key: entry.key, value: snapshot.record(of: entry)))
      case .remove(let key): .remove(key: key)
      }
    }
    do {
      try await backend.commit(stored)
    } catch {
      logger.error("directory change was not stored", metadata: ["error": "\(error)"])
      return LDAPResult(.unavailable, diagnosticMessage: "the change could not be stored; nothing was changed")
    }
    tree.withLock { $0.apply(changes) }
    return .success
  }

  // MARK: Passwords

  /// Whether the password fits one of the hashes. May take long; see `isQuick`.
  package func verify(_ check: DirectoryDirective.PasswordCheck) -> Bool {
    guard !check.hashes.isEmpty else {
      _ = PasswordHash(stored: decoyHash)?.matches(check.password)
      return false
    }
    return check.hashes.contains { PasswordHash(stored: $0)?.matches(check.password) == true }
  }

  /// Whether `verify` takes microseconds only, and may be done on an event loop.
  package func isQuick(_ check: DirectoryDirective.PasswordCheck) -> Bool {
    (check.hashes.isEmpty ? [decoyHash] : check.hashes).allSatisfy { PasswordHash(stored: $0)?.isQuick ?? true }
  }

  /// Hashes what arrives in the clear, so that no password is ever stored or indexed readable.
  private func prepare(_ request: DirectoryWriteRequest, _ tree: DirectoryTree) throws(LDAPFailure) -> DirectoryWrite {
    switch request.operation {
    case .change(.add(var add)):
      add.attributes = add.attributes.map { hashed($0, tree) }
      return .add(add)
    case .change(.modify(var modify)):
      for index in modify.changes.indices where modify.changes[index].kind != .delete {
        modify.changes[index].attribute = hashed(modify.changes[index].attribute, tree)
      }
      return .modify(modify)
    case .change(let other): return other
    case .setPassword(let dn, let old, let new):
      // Rights come first: the old password of somebody else must not be open to guessing here.
      let key = tree.schema.key(of: try tree.parse(dn))
      try tree.requireModify(request.identity, key, [tree.known.userPassword], settings.access)
      if let old { try checkOld(old, key, tree) }
      let value = settings.passwordScheme.hash(new)
      return .modify(.init(dn: dn, changes: [.init(.replace, .init("userPassword", [value]))]))
    }
  }

  private func checkOld(_ password: [UInt8], _ key: String, _ tree: DirectoryTree) throws(LDAPFailure) {
    let hashes = tree.entry(key: key)?.values(of: tree.known.userPassword) ?? []
    guard hashes.contains(where: { PasswordHash(stored: $0)?.matches(password) == true }) else {
      throw LDAPFailure(.invalidCredentials, "the old password is not right")
    }
  }

  private func hashed(_ attribute: LDAPAttribute, _ tree: DirectoryTree) -> LDAPAttribute {
    guard tree.schema.describe(attribute.description)?.type == tree.known.userPassword else { return attribute }
    let values = attribute.values.map { PasswordHash.looksHashed($0) ? $0 : settings.passwordScheme.hash($0) }
    return LDAPAttribute(attribute.description, values)
  }
}
