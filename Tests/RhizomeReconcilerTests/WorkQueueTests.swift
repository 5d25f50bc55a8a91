import RhizomeModel
import RhizomeReconciler
import Testing

@Suite struct WorkQueueTests {
  private let site = Address(.bucket, "site")
  private let media = Address(.bucket, "media")
  private let alice = Address(.user, "alice")

  private func queue(limit: Int = 1) -> WorkQueue {
    var queue = WorkQueue()
    queue.setLimit(limit, ofLane: "storage")
    queue.setLimit(limit, ofLane: "directory")
    return queue
  }

  private func expectReady(
    _ queue: inout WorkQueue,
    _ addresses: [Address],
    now: Duration,
    _ location: Testing.SourceLocation = #_sourceLocation
  ) {
    let ready = queue.takeReady(now: now)
    #expect(ready == addresses, sourceLocation: location)
  }

  private func expectDue(
    _ queue: inout WorkQueue,
    _ moment: Duration?,
    _ location: Testing.SourceLocation = #_sourceLocation
  ) {
    let due = queue.nextDue()
    #expect(due == moment, sourceLocation: location)
  }

  @Test func anAddressRunsOnceHoweverOftenItIsAdded() {
    var queue = queue(limit: 4)
    for _ in 0..<3 { queue.add(site, lane: "storage", due: .zero, now: .zero) }
    expectReady(&queue, [site], now: .zero)
    expectReady(&queue, [], now: .zero)
  }

  @Test func whatIsAddedWhileItRunsRunsAgainAfterwards() {
    var queue = queue()
    queue.add(site, lane: "storage", due: .zero, now: .zero)
    expectReady(&queue, [site], now: .zero)
    queue.add(site, lane: "storage", due: .zero, now: .zero)
    expectReady(&queue, [], now: .zero)
    queue.finish(site, now: .zero)
    expectReady(&queue, [site], now: .zero)
    queue.finish(site, now: .zero)
    #expect(!queue.isQueued(site))
  }

  @Test func aFullLaneHoldsBackItsOwnOnly() {
    var queue = queue()
    queue.add(site, lane: "storage", due: .zero, now: .zero)
    queue.add(media, lane: "storage", due: .zero, now: .zero)
    queue.add(alice, lane: "directory", due: .zero, now: .zero)
    expectReady(&queue, [alice, site], now: .zero)
    queue.finish(site, now: .zero)
    expectReady(&queue, [media], now: .zero)
  }

  @Test func aDelayedAddressComesWhenItIsDueAndAnEarlierMomentWins() {
    var queue = queue()
    queue.add(site, lane: "storage", due: .seconds(10), now: .zero)
    expectReady(&queue, [], now: .seconds(9))
    expectDue(&queue, .seconds(10))
    queue.add(site, lane: "storage", due: .seconds(20), now: .zero)
    expectDue(&queue, .seconds(10))
    queue.add(site, lane: "storage", due: .seconds(5), now: .zero)
    expectDue(&queue, .seconds(5))
    expectReady(&queue, [site], now: .seconds(5))
    expectDue(&queue, nil)
  }

  @Test func anAddressThatIsDueNowNoLongerWaitsForItsTimer() {
    var queue = queue()
    queue.add(site, lane: "storage", due: .seconds(10), now: .zero)
    queue.add(site, lane: "storage", due: .zero, now: .zero)
    expectReady(&queue, [site], now: .zero)
    queue.finish(site, now: .zero)
    expectReady(&queue, [], now: .seconds(60))
  }

  @Test func aRemovedAddressDoesNotRun() {
    var queue = queue()
    queue.add(site, lane: "storage", due: .zero, now: .zero)
    queue.add(media, lane: "storage", due: .seconds(1), now: .zero)
    queue.remove(site)
    queue.remove(media)
    expectReady(&queue, [], now: .seconds(2))
  }

  @Test func aLongLineKeepsItsOrderAndMembers() {
    var queue = queue()
    let all = (0..<1_000).map { Address(.bucket, "b\($0)") }
    for address in all { queue.add(address, lane: "storage", due: .zero, now: .zero) }
    var taken: [Address] = []
    while let address = queue.takeReady(now: .zero).first {
      taken.append(address)
      queue.finish(address, now: .zero)
    }
    #expect(taken == all)
  }
}

@Suite struct BackoffTests {
  @Test func doublesFromTheInitialWaitUpToTheCapWithJitterBelow() {
    let backoff = Backoff(initial: .seconds(1), cap: .seconds(60))
    var random = SplitMix64(seed: 7)
    for (failures, full) in [(1, 1), (2, 2), (3, 4), (6, 32), (7, 60), (1_000_000, 60)] {
      let delay = backoff.delay(failures: failures, using: &random)
      #expect(delay >= .milliseconds(full * 500) && delay <= .seconds(full), "\(failures) failures: \(delay)")
    }
  }

  @Test func resourcesThatFailTogetherDoNotComeBackTogether() {
    let backoff = Backoff()
    var random = SplitMix64(seed: 7)
    let delays = (0..<50).map { _ in backoff.delay(failures: 4, using: &random) }
    #expect(Set(delays).count == 50)
  }
}
