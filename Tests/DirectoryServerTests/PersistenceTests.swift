import DirectoryServer
import DirectoryTestSupport
import LDAPClient
import LDAPProtocol
import Synchronization
import Testing

/// A backend whose commits wait for the test, or fail.
private final class GatedBackend: DirectoryBackend {
  struct Refused: Error {}

  private let inner = InMemoryDirectoryBackend()
  private let isFailing = Mutex(false)
  private let gate = AsyncStream.makeStream(of: Void.self)
  let arrivals = AsyncStream.makeStream(of: [DirectoryBackendChange].self)
  private let isGated: Bool

  init(isGated: Bool = false) { self.isGated = isGated }

  func fail(_ failing: Bool) { isFailing.withLock { $0 = failing } }

  func open() { gate.continuation.yield() }

  func load() async throws -> [DirectoryBackendRecord] { try await inner.load() }

  func commit(_ changes: [DirectoryBackendChange]) async throws {
    arrivals.continuation.yield(changes)
    if isFailing.withLock({ $0 }) { throw Refused() }
    if isGated { for await _ in gate.stream { break } }
    try await inner.commit(changes)
  }
}

@Suite struct PersistenceTests {
  private static let ann = "uid=user1,ou=users,dc=example,dc=org"

  private func everything(_ client: LDAPClient) async throws -> [String] {
    let request = LDAPSearchRequest(base: EmbeddedDirectory.suffix, scope: .subtree, attributes: ["*", "+"])
    return try await client.search(request).map { entry in
      let attributes = entry.attributes.map { "\($0.description)=\($0.texts.sorted())" }.sorted()
      return "\(entry.dn): \(attributes.joined(separator: " "))"
    }.sorted()
  }

  @Test func everythingIsThereAfterARestart() async throws {
    let backend = InMemoryDirectoryBackend()
    let before = try await EmbeddedDirectory.with(backend: backend) { directory in
      let client = try await directory.connectAsManager()
      for entry in SampleTree.entries { try await client.add(dn: entry.dn, attributes: entry.attributes) }
      try await client.delete(dn: Self.ann)
      return try await everything(client)
    }
    #expect(before.count == SampleTree.entries.count - 1)
    #expect(before.contains { $0.contains("memberOf=[\"cn=group0") })
    let after = try await EmbeddedDirectory.with(backend: backend) { directory in
      try await everything(try await directory.connectAsManager())
    }
    #expect(after == before)
    // Back-links follow from the groups, so a stored copy could only disagree with them.
    let records = try await backend.load()
    #expect(!records.contains { String(decoding: $0.value, as: UTF8.self).contains("memberOf") })
  }

  @Test func aChangeThatIsNotStoredIsNotDone() async throws {
    let backend = GatedBackend()
    try await EmbeddedDirectory.with(backend: backend) { directory in
      let client = try await directory.connectAsManager()
      for entry in SampleTree.entries.prefix(6) { try await client.add(dn: entry.dn, attributes: entry.attributes) }
      let before = try await everything(client)
      backend.fail(true)
      let error = await #expect(throws: LDAPClientError.self) {
        try await client.delete(dn: SampleTree.entries[5].dn)
      }
      #expect(error?.resultCode == .unavailable)
      let unchanged = try await everything(client)
      #expect(unchanged == before)
      backend.fail(false)
      try await client.delete(dn: SampleTree.entries[5].dn)
    }
  }

  @Test func nobodySeesAChangeOrItsSuccessBeforeItIsStored() async throws {
    let backend = GatedBackend(isGated: true)
    try await EmbeddedDirectory.with(backend: backend) { directory in
      let (writer, reader) = (try await directory.connectAsManager(), try await directory.connectAsManager())
      let entry = SampleTree.entries[0]
      let isDone = Mutex(false)
      async let added: Void = {
        try await writer.add(dn: entry.dn, attributes: entry.attributes)
        isDone.withLock { $0 = true }
      }()
      for await _ in backend.arrivals.stream { break }
      let reply = try await reader.send(.searchRequest(.init(base: entry.dn, scope: .base)))
      #expect(reply.result.code == .noSuchObject)
      #expect(!isDone.withLock { $0 })
      backend.open()
      try await added
      #expect(try await reader.search(.init(base: entry.dn, scope: .base)).count == 1)
    }
  }

  @Test func aPersonAndTheMembershipsGoInOneTransaction() async throws {
    let backend = GatedBackend()
    try await EmbeddedDirectory.with(backend: backend) { directory in
      let client = try await directory.connectAsManager()
      for entry in SampleTree.entries { try await client.add(dn: entry.dn, attributes: entry.attributes) }
      backend.arrivals.continuation.yield([])
      try await client.delete(dn: "uid=user12,ou=users,dc=example,dc=org")
      var last: [DirectoryBackendChange] = []
      backend.arrivals.continuation.finish()
      for await changes in backend.arrivals.stream { last = changes }
      let keys = last.map { change in
        switch change {
        case .put(let record): "put \(record.key)"
        case .remove(let key): "remove \(key)"
        }
      }
      #expect(keys.first == "remove uid=user12,ou=users,dc=example,dc=org")
      #expect(Set(keys.dropFirst()) == Set([0, 1, 2, 4].map { "put cn=group\($0),ou=groups,dc=example,dc=org" }))
    }
  }

  @Test func damagedRecordsAreReportedByName() async throws {
    let backend = InMemoryDirectoryBackend()
    try await backend.commit([.put(.init(key: "uid=x", value: [1, 2, 3]))])
    let error = await #expect(throws: DirectoryRecordError.self) {
      try await EmbeddedDirectory.with(backend: backend) { _ in }
    }
    #expect(error?.key == "uid=x")
  }
}
