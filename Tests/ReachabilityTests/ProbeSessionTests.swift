import OpenSSL
import Testing
import UPnP

@testable import Reachability

@Suite("An exchange of the probe")
struct ProbeSessionTests {
  private let town = Town()

  /// The exchange up to the wish.
  private func asked(
    _ prober: inout ProberSession,
    _ asker: inout AskerSession,
    permit: Bool = true
  ) -> [ProberSession.Directive] {
    let wish = asker.received(prober.begin().bytes).bytes
    return prober.received(wish, at: .seconds(1)) { _ in permit }
  }

  @Test func goesWell() {
    var (prober, asker) = (town.proberSession(), town.askerSession([443, 80]))
    #expect(asked(&prober, &asker) == [.look(town.book.peers["cellar"] ?? town.peer, [80, 443])])
    let report = prober.looked([443: .connected, 80: .refused], at: .seconds(2)).bytes
    guard case .finished(let seen)? = asker.received(report).first else {
      Issue.record("no report")
      return
    }
    #expect(seen.address == town.askerAddress)
    #expect(seen.ports == [.init(80, .refused), .init(443, .connected)])
    #expect(asker.ended().isEmpty)
    #expect(prober.tick(at: .seconds(4)).isEmpty, "connections are held")
    #expect(prober.tick(at: .seconds(5)) == [.close])
    #expect(prober.tick(at: .seconds(9)).isEmpty)
  }

  @Test func fromAnAddressThatIsNotOnTheInternetNothingIsLookedAt() {
    var (prober, asker) = (town.proberSession(isOutside: false), town.askerSession())
    let answer = asked(&prober, &asker)
    guard case .finished(let seen)? = asker.received(answer.bytes).first else {
      Issue.record("no report")
      return
    }
    #expect(seen.ports.isEmpty && seen.address == town.askerAddress)
  }

  @Test func strangersAndOverreachAreClosedOutWithoutAWord() {
    let wrongKey = ProbeIdentity(cluster: "garden", node: "cellar", key: .generate())
    let stranger = ProbeIdentity(cluster: "garden", node: "shed", key: town.asker.key)
    let otherCluster = ProbeIdentity(cluster: "meadow", node: "cellar", key: town.asker.key)
    let sameHome = ProbeIdentity(cluster: "garden", node: "loft", key: town.asker.key)
    let askers = [
      town.askerSession(as: wrongKey), town.askerSession(as: stranger), town.askerSession(as: otherCluster),
      town.askerSession([8443], as: sameHome),
      // Not declared; declared in another home only; one of two declared.
      town.askerSession([22]), town.askerSession([8443]), town.askerSession([22, 443]),
    ]
    for var asker in askers {
      var prober = town.proberSession()
      #expect(asked(&prober, &asker) == [.close])
      #expect(asker.ended().count == 1)
    }
    var (prober, asker) = (town.proberSession(), town.askerSession())
    #expect(asked(&prober, &asker, permit: false) == [.close], "asked too often")
  }

  @Test func aRecordedExchangeServesNobodyAgain() {
    var (prober, asker) = (town.proberSession(1), town.askerSession())
    let wish = asker.received(prober.begin().bytes).bytes
    #expect(prober.received(wish, at: .zero) { _ in true } != [.close])
    let report = prober.looked([443: .connected], at: .zero).bytes

    // The wish, to the same prober once more: it has another challenge.
    var again = town.proberSession(4)
    _ = again.begin()
    #expect(again.received(wish, at: .zero) { _ in true } == [.close])

    // The wish, to another node that looks: it has another name and key.
    let other = ProbeIdentity(cluster: "garden", node: "barn", key: town.prober.key)
    let book = ProberBook(me: other, zone: "hill", peers: Array(town.book.peers.values), ports: town.book.ports)
    var elsewhere = ProberSession(
      book,
      challenge: town.nonce(1),
      source: town.askerAddress,
      isOutside: true,
      at: .zero
    )
    _ = elsewhere.begin()
    #expect(elsewhere.received(wish, at: .zero) { _ in true } == [.close])

    // The report, to a later wish of the same node: that has another nonce.
    var later = AskerSession(me: town.asker, prober: town.peer, ports: [443], nonce: town.nonce(5))
    _ = later.received(ProbeMessage.challenge(town.nonce(1)).frame)
    guard case .failed? = later.received(report).first else {
      Issue.record("an old report was believed")
      return
    }
    // The wish itself is no report, nor the other way round.
    var mirror = town.askerSession()
    _ = mirror.received(ProbeMessage.challenge(town.nonce(1)).frame)
    #expect(mirror.received(wish) == [.failed("what answers is no prober")])
  }

  @Test func reportsThatWereChangedOnTheWayAreNotBelieved() throws {
    var (prober, asker) = (town.proberSession(), town.askerSession())
    _ = asked(&prober, &asker)
    let report = prober.looked([443: .timedOut], at: .zero).bytes
    // Everything but the length.
    for index in report.indices.dropFirst(2) {
      var changed = report
      changed[index] ^= 1
      var believer = asker
      if case .finished? = believer.received(changed).first { Issue.record("byte \(index) was changed") }
    }
  }

  @Test func theSlowTheLoudAndTheFormlessAreClosedOut() {
    var slow = town.proberSession()
    _ = slow.begin()
    #expect(slow.received([0], at: .seconds(4)) { _ in true }.isEmpty)
    #expect(slow.tick(at: .seconds(5)) == [.close], "a byte now and then does not help")
    var loud = town.proberSession()
    _ = loud.begin()
    #expect(loud.received([UInt8](repeating: 0, count: 600), at: .zero) { _ in true } == [.close])
    var formless = town.proberSession()
    _ = formless.begin()
    #expect(formless.received([0, 3, 1, 2, 3], at: .zero) { _ in true } == [.close])
    var (talkative, asker) = (town.proberSession(), town.askerSession())
    _ = asked(&talkative, &asker)
    #expect(talkative.received([1], at: .seconds(1)) { _ in true } == [.close], "it is not its turn")
    #expect(talkative.looked([:], at: .seconds(1)).isEmpty, "nobody is there to be told")
  }

  @Test func anAskerTellsWhyThereIsNoReport() {
    var early = town.askerSession()
    #expect(early.ended() == [.failed("it closed the connection at once; it may be busy")])
    var web = town.askerSession()
    #expect(web.received(Array("HTTP/1.1 400 Bad Request\r\n".utf8)) == [.failed("what answers is no prober")])
  }

  @Test func nobodyIsServedTooOften() {
    var allowance = ProbeAllowance()
    let first = (0..<10).map { _ in allowance.take("cellar", at: .zero) }
    #expect(first.count { $0 } == 4)
    let (other, soon) = (allowance.take("shed", at: .zero), allowance.take("cellar", at: .seconds(20)))
    let later = allowance.take("cellar", at: .seconds(60))
    #expect(other, "one loud node does not cost the others")
    #expect(!soon && later)
    var all = ProbeAllowance()
    let served = (0..<50).map { all.take("node-\($0)", at: .zero) }
    #expect(served.count { $0 } == 20, "in all")
  }
}
