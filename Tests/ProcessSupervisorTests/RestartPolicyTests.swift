import Testing

@testable import ProcessSupervisor

@Suite("Restart policy")
struct RestartPolicyTests {
  @Test(arguments: [(1, 500), (2, 1_000), (3, 2_000), (7, 32_000), (8, 60_000), (1_000_000, 60_000)])
  func waitsDoubleUpToALimit(failures: Int, milliseconds: Int) {
    #expect(RestartPolicy().delay(afterFailures: failures, random: 0.5) == .milliseconds(milliseconds))
  }

  @Test func jitterStaysInItsPart() {
    let policy = RestartPolicy(initialDelay: .seconds(10), jitter: 0.2)
    #expect(policy.delay(afterFailures: 1, random: 0) == .seconds(8))
    #expect(policy.delay(afterFailures: 1, random: 0.999_999) <= .seconds(12))
    #expect(policy.delay(afterFailures: 1, random: 0.999_999) > .milliseconds(11_999))
  }
}
