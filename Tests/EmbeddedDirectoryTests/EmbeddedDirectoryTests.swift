import DirectoryServer
import EmbeddedDirectory
import Foundation
import LDAPDriver
import Logging
import RhizomeDriver
import RhizomeModel
import RhizomeStateStore
import Testing

@Suite("The embedded directory")
struct EmbeddedDirectoryTests {
  private let base = "dc=plant,dc=example"
  private let target = ObservationTarget(address: Address(.user, "alice"), desired: nil, prior: nil)

  @Test("holds nothing before it was ever started, and that is known")
  func blank() async throws {
    let directory = try makeDirectory(MemoryStateStore())
    let report = await EmbeddedDirectoryDriver(directory).observe([target])
    #expect(report.observations[target.address] == .absent)
  }

  @Test("is unknown, not empty, while entries are stored and it has not started")
  func notStarted() async throws {
    let store = MemoryStateStore()
    try await StateStoreBackend(store).commit([.put(.init(key: "uid=alice", value: [1]))])
    let report = await EmbeddedDirectoryDriver(try makeDirectory(store)).observe([target])
    guard case .unknown = report.observations[target.address] else {
      Issue.record("a look that failed must be unknown")
      return
    }
  }

  @Test("keeps people over a restart, and makes them for its driver")
  func restart() async throws {
    let store = MemoryStateStore()
    for verb in [Operation.Verb.create, .update] {
      try await withRunning(store) { driver in
        let mark = OwnershipMark(clusterID: "c", address: target.address)
        let alice = Resource(target.address, attributes: ["displayName": "Alice", "surname": "Alice"])
        if verb == .create {
          _ = try await driver.perform(Operation(.create, target.address, desired: alice, prior: nil, mark: mark))
        }
        let report = await driver.observe([ObservationTarget(address: target.address, desired: alice, prior: nil)])
        guard case .present(let seen) = report.observations[target.address] else {
          Issue.record("\(report)")
          return
        }
        #expect(seen.mark == mark)
        #expect(seen.attributes["displayName"] == "Alice")
      }
    }
  }

  @Test("refuses to become another directory while it runs")
  func otherBase() async throws {
    let directory = try makeDirectory(MemoryStateStore())
    try await directory.start(baseDN: base)
    try await directory.start(baseDN: base)
    await #expect(throws: EmbeddedDirectory.Refusal.self) { try await directory.start(baseDN: "dc=other") }
  }

  private func withRunning(_ store: any StateStore, _ body: (EmbeddedDirectoryDriver) async throws -> Void) async throws
  {
    let directory = try makeDirectory(store)
    try await directory.start(baseDN: base)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await directory.run() }
      try await body(EmbeddedDirectoryDriver(directory))
      group.cancelAll()
    }
  }

  private func makeDirectory(_ store: any StateStore) throws -> EmbeddedDirectory {
    let settings = EmbeddedDirectory.Settings(
      managerPassword: "manager",
      attributeTypes: [OwnershipAttribute.embeddedDefinition],
      now: { 1_800_000_000 },
      makeUUID: { UUID().uuidString.lowercased() }
    )
    let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    return try EmbeddedDirectory(store: store, settings: settings, logger: quiet) { access in
      LDAPDriver(
        name: "ldap",
        directory: LDAPDirectory(
          host: "127.0.0.1",
          port: access.port,
          baseDN: access.baseDN,
          bindDN: access.managerDN,
          bindPassword: access.managerPassword,
          markAttribute: .embedded
        )
      )
    }
  }
}

@Suite("Directory entries in the state store")
struct StateStoreBackendTests {
  @Test("come back as they were, whatever their names hold")
  func roundTrip() async throws {
    let backend = try StateStoreBackend(MemoryStateStore())
    let name = "cn=a b/é,dc=" + String(repeating: "x", count: 2_000)
    try await backend.commit([.put(.init(key: name, value: [0, 255])), .put(.init(key: "b", value: []))])
    let records = try await backend.load().sorted { $0.key < $1.key }
    #expect(records == [.init(key: "b", value: []), .init(key: name, value: [0, 255])])
  }

  @Test("the last change of an entry counts when one transaction has several")
  func lastWins() async throws {
    let backend = try StateStoreBackend(MemoryStateStore())
    try await backend.commit([.put(.init(key: "a", value: [1])), .remove(key: "a"), .put(.init(key: "a", value: [2]))])
    #expect(try await backend.load() == [.init(key: "a", value: [2])])
    try await backend.commit([.remove(key: "a")])
    #expect(try await backend.load().isEmpty)
  }

  @Test("damage is told, not skipped")
  func damage() async throws {
    let store = MemoryStateStore()
    try await store.put(StateKey(StateStoreBackend.place + "00"), [0, 0, 0, 9, 1])
    await #expect(throws: StateStoreBackend.Unreadable.self) { try await StateStoreBackend(store).load() }
  }
}
