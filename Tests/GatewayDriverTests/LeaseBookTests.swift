import RhizomeModel
import Testing
import UPnP

@testable import GatewayDriver

/// A router's mappings over virtual time: when it is talked to, and about what.
@Suite("The lease book")
struct LeaseBookTests {
  /// A router that always answers, and the count of what it was asked.
  private struct World {
    var book = LeaseBook(at: .zero)
    var now = Duration.zero
    var uptime: (at: Duration, base: Duration) = (.zero, .seconds(1000))
    var random = Dice()
    var pulses = 0
    var reads = 0
    var renewals = 0
    var alarms: [LeaseBook.Alarm] = []
    var lost: Set<Address> = []
    var lateRenewals = 0

    mutating func add(_ count: Int, lease: GrantedLease) {
      for number in 0..<count { book.keep(Self.address(number), lease, at: now, jitter: random.next()) }
    }

    static func address(_ number: Int) -> Address { Address(.portMapping, "home.tcp-\(1000 + number)") }

    mutating func run(until end: Duration) {
      while now < end {
        switch book.next(at: now) {
        case .wait(let until): now = min(until, end)
        case .pulse:
          pulses += 1
          book.pulsed(uptime: uptime.base + (now - uptime.at), at: now)
        case .lookAtAll(let alarm):
          alarms.append(alarm)
          for address in book.leases.keys.sorted() { look(address) }
          book.lookedAtAll(at: now)
        case .look(let address): look(address)
        case .renew(let address):
          if let lease = book.leases[address], let end = lease.expiresAt, let length = lease.length {
            if end - now < length / 2 - .seconds(1) { lateRenewals += 1 }
          }
          look(address)
          guard book.leases[address] != nil else { continue }
          renewals += 1
          book.renewed(address, at: now, jitter: random.next())
        }
      }
    }

    private mutating func look(_ address: Address) {
      reads += 1
      if lost.contains(address) { return book.lost(address, at: now) }
      let remaining = book.leases[address]?.expiresAt.map { UInt32(max(0, ($0 - now) / .seconds(1))) }
      _ = book.saw(address, remaining: remaining ?? 0, at: now)
    }
  }

  /// Numbers from 0 to 1, the same in each run.
  private struct Dice {
    private var state: UInt64 = 88_172_645_463_325_252
    mutating func next() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state % 1_000_000) / 1_000_000
    }
  }

  @Test func aDayOfTwoHundredMappingsCostsNoLookBesideThoseOfRenewals() {
    var world = World()
    world.add(200, lease: .timed(3600))
    world.run(until: .seconds(600))
    let (reads, renewals) = (world.reads, world.renewals)
    world.run(until: .seconds(28 * 3600))
    #expect(world.reads - reads == world.renewals - renewals)
    // Each is renewed between a third and a half of its hour.
    #expect((200 * 48...200 * 72).contains(world.renewals - renewals))
    #expect(world.lateRenewals == 0)
    #expect(world.alarms.isEmpty)
    #expect((28 * 360...28 * 360 + 1).contains(world.pulses))
  }

  @Test func fewMappingsAreLookedAtWithEachHeartbeat() {
    var world = World()
    world.add(1, lease: .timed(3600))
    world.run(until: .seconds(1000))
    #expect((95...100).contains(world.reads))
    #expect(world.renewals == 0)
  }

  @Test func permanentMappingsAreLookedAtAndNeverAskedForAgain() {
    var world = World()
    world.add(3, lease: .permanent)
    world.run(until: .seconds(86_400))
    #expect(world.renewals == 0)
    #expect((8600...8640).contains(world.reads))
  }

  @Test func aRouterThatKeepsNothingForUsIsHardlyTalkedTo() {
    var world = World()
    world.run(until: .seconds(3600))
    #expect((60...61).contains(world.pulses))
    #expect(world.reads == 0)
  }

  @Test func afterARestartEverythingIsLookedAtOnceWithinAHeartbeat() {
    var world = World()
    world.add(20, lease: .timed(3600))
    world.run(until: .seconds(100))
    world.uptime = (.seconds(100), .seconds(3))
    let reads = world.reads
    world.lost = Set((0..<20).map(World.address))
    world.run(until: .seconds(111))
    #expect(world.alarms == [.restarted])
    #expect(world.reads - reads <= 21)
    #expect(world.book.leases.isEmpty)
  }

  @Test(arguments: [
    (Duration.seconds(5), true), (.seconds(600), true), (.seconds(1400), false), (.seconds(2100), false),
  ])
  func anUptimeThatGrewByLessThanHalfOfTheTimeMeansARestart(uptime: Duration, isRestart: Bool) {
    var book = LeaseBook(at: .zero)
    book.keep(World.address(0), .timed(7200), at: .zero, jitter: 0)
    book.pulsed(uptime: .seconds(100), at: .zero)
    book.pulsed(uptime: uptime, at: .seconds(2000))
    let isAlarm = if case .lookAtAll(.restarted) = book.next(at: .seconds(2000)) { true } else { false }
    #expect(isAlarm == isRestart)
  }

  @Test func aRouterThatAlwaysClaimsTheSameUptimeIsNotTakenForRestarting() {
    var book = LeaseBook(at: .zero)
    book.keep(World.address(0), .timed(7200), at: .zero, jitter: 0)
    for second in stride(from: 0, through: 100, by: 10) { book.pulsed(uptime: .seconds(1), at: .seconds(second)) }
    let directive = book.next(at: .seconds(100))
    #expect(directive == .look(World.address(0)))
  }

  @Test func losingOneHasTheOthersLookedAtAtOnce() {
    var world = World()
    world.add(10, lease: .timed(3600))
    world.run(until: .seconds(50))
    world.lost = [World.address(3)]
    world.run(until: .seconds(200))
    #expect(world.alarms == [.lostOne])
    #expect(world.book.leases.count == 9)
  }

  @Test func sleepHasEverythingLookedAtAfterTheHeartbeat() {
    var world = World()
    world.add(3, lease: .timed(7200))
    world.run(until: .seconds(60))
    world.now = .seconds(3600)
    world.book.woke(plannedFor: .seconds(61), at: world.now)
    world.run(until: .seconds(3601))
    #expect(world.alarms == [.slept])
  }

  @Test func talksThatTakeLongAndNapsThatEndEarlyAreNoSleep() {
    var world = World()
    world.add(3, lease: .timed(7200))
    world.run(until: .seconds(60))
    world.now = .seconds(180)
    world.book.woke(plannedFor: .seconds(175), at: world.now)
    world.book.woke(plannedFor: .seconds(300), at: world.now)
    world.run(until: .seconds(181))
    #expect(world.alarms == [])
  }

  @Test func aSilentRouterIsAskedForItsStateOnlyAndNothingIsForgotten() {
    var book = LeaseBook(at: .zero)
    for number in 0..<5 { book.keep(World.address(number), .timed(60), at: .zero, jitter: 0) }
    var now = Duration.zero
    var pauses: [Duration] = []
    for _ in 0..<6 {
      let directive = book.next(at: now)
      #expect(directive == .pulse)
      book.silent(at: now)
      guard case .wait(let until) = book.next(at: now) else { break }
      pauses.append(until - now)
      now = until
    }
    #expect(pauses == [1, 2, 4, 5, 5, 5].map { .seconds($0) })
    #expect(book.leases.count == 5)
    book.pulsed(uptime: nil, at: now)
    let directive = book.next(at: now)
    #expect(directive == .lookAtAll(.wasAway))
  }

  @Test func aRouterThatWasAwayButDidNotRestartIsNotLookedThrough() {
    var book = LeaseBook(at: .zero)
    book.keep(World.address(0), .timed(3600), at: .zero, jitter: 0)
    book.pulsed(uptime: .seconds(100), at: .zero)
    book.silent(at: .seconds(10))
    book.pulsed(uptime: .seconds(112), at: .seconds(12))
    let directive = book.next(at: .seconds(12))
    #expect(directive == .look(World.address(0)))
  }

  @Test func refusedRenewalsAreTriedAgainWithGrowingPausesBeforeTheLeaseEnds() {
    var book = LeaseBook(at: .zero)
    book.keep(World.address(0), .timed(3600), at: .zero, jitter: 0)
    var lease = Lease(.timed(3600), at: .zero, jitter: 0)
    var now = Duration.seconds(1200)
    var pauses: [Duration] = []
    for _ in 0..<7 {
      lease.refused(at: now)
      let next = lease.renewAt ?? now
      pauses.append(next - now)
      now = next
    }
    #expect(pauses == [10, 20, 40, 80, 160, 300, 300].map { .seconds($0) })
  }
}

@Suite("One lease")
struct LeaseTests {
  @Test(arguments: [(0.0, 20), (0.5, 25), (1.0, 30), (7.0, 30), (-1.0, 20)])
  func isRenewedBetweenAThirdAndAHalfOfItsLife(jitter: Double, at second: Int) {
    #expect(Lease(.timed(60), at: .zero, jitter: jitter).renewAt == .seconds(second))
  }

  @Test func longerTimesThanOurOwnCountAreNotBelieved() {
    var lease = Lease(.timed(3600), at: .zero, jitter: 0)
    let cannotWait5 = lease.seen(remaining: 604_800, at: .seconds(600))
    #expect(!cannotWait5)
    #expect(lease.expiresAt == .seconds(3600))
  }

  @Test func shorterTimesAreBelieved() {
    var lease = Lease(.timed(3600), at: .zero, jitter: 1)
    let cannotWait6 = lease.seen(remaining: 1700, at: .seconds(100))
    #expect(!cannotWait6)
    #expect(lease.expiresAt == .seconds(1800))
    #expect(lease.renewAt == .seconds(900))
    let cannotWait7 = lease.seen(remaining: 200, at: .seconds(700))
    #expect(cannotWait7)
    #expect(lease.expiresAt == .seconds(900))
  }

  @Test func aSecondMoreOrLessIsNothing() {
    var lease = Lease(.timed(3600), at: .zero, jitter: 1)
    let cannotWait8 = lease.seen(remaining: 2990, at: .seconds(600))
    #expect(!cannotWait8)
    #expect(lease.expiresAt == .seconds(3600))
  }

  @Test(arguments: [
    (asked: UInt32(3600), shown: UInt32(600), GrantedLease.timed(600)), (3600, 604_800, .timed(3600)),
    (3600, 0, .timed(3600)), (0, 0, .permanent), (0, 604_800, .timed(604_800)),
  ])
  func isNeverLongerThanAskedFor(asked: UInt32, shown: UInt32, lease: GrantedLease) {
    let entry = PortMapping(
      key: PortMappingKey(.tcp, 80),
      client: "192.168.1.2",
      internalPort: 80,
      label: "x",
      remainingLease: shown
    )
    #expect(GrantedLease(entry, asked: asked) == lease)
  }
}

@Suite("A port that others want")
struct PortContestTests {
  @Test func quickLossesMakeGrowingPausesUpToHalfAnHour() {
    var contest = PortContest()
    var now = Duration.zero
    var pauses: [Duration] = []
    for _ in 0..<11 {
      contest.made(at: now)
      now += .seconds(10)
      contest.lost(at: now)
      pauses.append(contest.pausesUntil.map { $0 - now } ?? .zero)
      #expect(contest.isPaused(at: now) == (contest.pausesUntil != nil))
      now = contest.pausesUntil ?? now
      #expect(!contest.isPaused(at: now))
    }
    #expect(pauses == [0, 0, 30, 60, 120, 240, 480, 960, 1800, 1800, 1800].map { .seconds($0) })
  }

  @Test func aMappingThatStayedForAWhileStartsAnew() {
    var contest = PortContest()
    for _ in 0..<5 {
      contest.made(at: .zero)
      contest.lost(at: .seconds(1))
    }
    contest.made(at: .seconds(100))
    contest.lost(at: .seconds(1000))
    #expect(contest.losses == 0)
    #expect(contest.pausesUntil == nil || !contest.isPaused(at: .seconds(1000)))
  }
}

@Suite("When a router is searched for")
struct SearchPlanTests {
  @Test func pausesGrowToAMinute() {
    var plan = SearchPlan()
    var now = Duration.zero
    var pauses: [Int] = []
    for _ in 0..<6 {
      #expect(plan.isDue(at: now))
      plan.failed(at: now)
      let pause = (0...60).first { plan.isDue(at: now + .seconds($0)) }
      pauses.append(pause ?? -1)
      now += .seconds(pause ?? 60)
    }
    #expect(pauses == [5, 10, 20, 40, 60, 60])
    plan.failed(at: now)
    plan.force()
    #expect(plan.isDue(at: now))
  }

  @Test func aRouterThatWasThereIsSearchedForMoreOften() {
    var plan = SearchPlan()
    plan.found(at: .seconds(100))
    for _ in 0..<8 { plan.failed(at: .seconds(200)) }
    #expect(plan.isDue(at: .seconds(210)))
    plan.failed(at: .seconds(401))
    #expect(!plan.isDue(at: .seconds(411)))
  }
}
