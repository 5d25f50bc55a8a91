/// Waits until `condition` holds, looking every 50 ms.
///
/// - Returns: false when it does not hold after `limit`.
package func eventually(
  within limit: Duration = .seconds(20),
  _ condition: () async throws -> Bool
) async throws -> Bool {
  let end = ContinuousClock.now + limit
  while try await !condition() {
    guard ContinuousClock.now < end else { return false }
    try await Task.sleep(for: .milliseconds(50))
  }
  return true
}
