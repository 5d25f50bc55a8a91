import Testing
import UPnP

@Suite("When a lease is renewed and looked at")
struct LeaseStateTests {
  private static func timing() -> LeaseState.Timing {
    var timing = LeaseState.Timing()
    timing.checkInterval = .seconds(30)
    (timing.firstRetry, timing.longestRetry) = (.seconds(2), .seconds(10))
    return timing
  }

  @Test func renewsAtHalfLifeAndNotBefore() {
    let lease = LeaseState(.timed(20), at: .seconds(100))
    #expect(lease.directive(at: .seconds(100)) == .wait(until: .seconds(110)))
    #expect(lease.directive(at: .seconds(109)) == .wait(until: .seconds(110)))
    #expect(lease.directive(at: .seconds(110)) == .renew)
    #expect(lease.expiresAt == .seconds(120))
  }

  @Test func jitterBringsTheRenewalForwardByATenthAtMost() {
    #expect(LeaseState(.timed(20), at: .zero, jitter: 1).renewAt == .seconds(9))
    #expect(LeaseState(.timed(20), at: .zero, jitter: 7).renewAt == .seconds(9))
    #expect(LeaseState(.timed(20), at: .zero, jitter: -1).renewAt == .seconds(10))
  }

  @Test func looksBetweenRenewalsOfALongLease() {
    var lease = LeaseState(.timed(3600), at: .zero)
    #expect(lease.directive(at: .seconds(29)) == .wait(until: .seconds(30)))
    #expect(lease.directive(at: .seconds(30)) == .check)
    lease.confirmed(at: .seconds(31))
    #expect(lease.directive(at: .seconds(60)) == .wait(until: .seconds(61)))
    #expect(lease.directive(at: .seconds(1800)) == .renew)
    lease.granted(.timed(3600), at: .seconds(1800))
    #expect(lease.renewAt == .seconds(3600))
  }

  @Test func aPermanentMappingIsOnlyLookedAt() {
    let lease = LeaseState(.permanent, at: .zero)
    #expect(lease.renewAt == nil)
    #expect(lease.directive(at: .seconds(30)) == .check)
    #expect(lease.directive(at: .seconds(1_000_000)) == .check)
  }

  @Test func aLeaseWithoutTimeLeftIsRenewedAtOnce() {
    #expect(LeaseState(.timed(0), at: .seconds(5)).directive(at: .seconds(5)) == .renew)
  }

  @Test func failuresAreRetriedWithGrowingPausesUpToALimit() {
    var lease = LeaseState(.timed(20), at: .zero, timing: Self.timing())
    var now = Duration.seconds(10)
    var pauses: [Duration] = []
    for _ in 1...5 {
      lease.failed(at: now)
      guard case .wait(let until) = lease.directive(at: now) else { break }
      pauses.append(until - now)
      now = until
      #expect(lease.directive(at: now) == .renew)
    }
    #expect(pauses == [.seconds(2), .seconds(4), .seconds(8), .seconds(10), .seconds(10)])
    lease.granted(.timed(20), at: now)
    #expect(lease.failures == 0)
  }

  @Test func aJumpInTimeAsAfterSleepMakesEverythingDue() {
    #expect(LeaseState(.timed(3600), at: .zero).directive(at: .seconds(100_000)) == .renew)
  }
}
