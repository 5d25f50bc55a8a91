import RhizomeStateStore
import RhizomeTestSupport
import StateStoreConformance
import Testing

@Suite("State store contract")
struct ConformanceTests {
  @Test("in memory", arguments: StateStoreCheck.all)
  func memory(_ check: StateStoreCheck) async throws {
    let clock = VirtualClock()
    let store = MemoryStateStore(clock: StateStoreClock(clock))
    let expiry = Task { try await store.run() }
    defer { expiry.cancel() }
    try await check.run(StateStoreFixture(store: store) { clock.advance(by: $0) })
  }

  @Test("SQLite", arguments: StateStoreCheck.all)
  func sqlite(_ check: StateStoreCheck) async throws {
    try await withTemporaryDirectory { directory in
      let clock = VirtualClock()
      let store = try SQLiteStateStore(path: directory + "/state.sqlite", clock: StateStoreClock(clock))
      let expiry = Task { try await store.run() }
      defer { expiry.cancel() }
      try await check.run(StateStoreFixture(store: store) { clock.advance(by: $0) })
      try await store.close()
    }
  }
}
