package import RhizomeStateStore

/// A fresh, empty store to be checked, and a way to let its time pass.
package struct StateStoreFixture: Sendable {
  package let store: any StateStore
  /// Lets time pass for the store: moves an injected clock, or really waits.
  package let advance: @Sendable (Duration) async throws -> Void

  package init(store: any StateStore, advance: @escaping @Sendable (Duration) async throws -> Void) {
    self.store = store
    self.advance = advance
  }
}

/// A promise of the contract that was not kept.
package struct ConformanceFailure: Error, CustomStringConvertible {
  package let description: String
}

/// One promise of the `StateStore` contract, checked against any implementation.
package struct StateStoreCheck: Sendable, CustomStringConvertible {
  package let name: String
  package let run: @Sendable (StateStoreFixture) async throws -> Void
  package var description: String { name }

  /// The whole contract. Every implementation's tests run each of these on a store of its own.
  package static let all = values + transactions + concurrency + watches + leases
}

func require(_ condition: Bool, _ promise: String) throws {
  if !condition { throw ConformanceFailure(description: promise) }
}

func requireEqual<T: Equatable>(_ found: T, _ expected: T, _ promise: String) throws {
  try require(found == expected, "\(promise): expected \(expected), found \(found)")
}

/// Confirms that `body` throws a `StateStoreError` of this code.
func requireError(_ code: StateStoreError.Code, _ promise: String, _ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let error as StateStoreError {
    return try requireEqual(error.code, code, promise)
  }
  throw ConformanceFailure(description: "\(promise): no error was thrown")
}

/// Asks again and again until the condition holds, at most ten seconds.
func eventually(_ promise: String, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(10)
  while try await !condition() {
    try require(ContinuousClock.now < deadline, "\(promise): not within ten seconds")
    try await Task.sleep(for: .milliseconds(2))
  }
}
