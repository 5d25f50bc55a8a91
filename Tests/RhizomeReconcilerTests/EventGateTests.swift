import RhizomeModel
import RhizomeReconciler
import Testing

/// What is told of what comes up again and again.
@Suite struct EventGateTests {
  private let site = Address(.bucket, "site")

  private func event(_ reason: String, _ message: String = "It is so.", at seconds: Int64) -> Event {
    Event(at: Timestamp(milliseconds: seconds * 1_000), address: site, reason: reason, message: message)
  }

  @Test func whatWasDoneIsToldEachTime() {
    var gate = EventGate()
    for second in 0..<4 as Range<Int64> {
      let deed = event(second.isMultiple(of: 2) ? "Created" : "Deleted", at: second)
      #expect(gate.pass(deed, isDeed: true, now: .seconds(second)) == [deed])
    }
  }

  @Test func howItStandsIsToldAgainAfterADeed() {
    var gate = EventGate()
    let (first, second) = (event("Stalled", at: 0), event("Stalled", at: 2))
    #expect(gate.pass(first, now: .zero) == [first])
    let deed = event("Created", at: 1)
    #expect(gate.pass(deed, isDeed: true, now: .seconds(1)) == [deed])
    #expect(gate.pass(second, now: .seconds(2)) == [second])
  }

  @Test func whatIsNotToldAgainIsCounted() {
    var gate = EventGate(quiet: .seconds(600))
    #expect(gate.pass(event("CannotLook", at: 0), now: .zero).count == 1)
    for second in 1...3 as ClosedRange<Int64> {
      #expect(gate.pass(event("CannotLook", at: second), now: .seconds(second)) == [])
    }
    let other = event("CannotLook", "It is otherwise.", at: 9)
    let told = gate.pass(other, now: .seconds(9))
    #expect(told.last == other)
    #expect(told.first?.message == "It is so. (This came up 3 more times since 1970-01-01T00:00:00Z.)")
    #expect(told.first?.at == Timestamp(milliseconds: 3_000))
    #expect(gate.pass(event("CannotLook", "It is otherwise.", at: 10), now: .seconds(10)) == [])
    let deed = event("Created", at: 11)
    #expect(gate.pass(deed, isDeed: true, now: .seconds(11)).map(\.reason) == ["CannotLook", "Created"])
    #expect(gate.pass(event("CannotLook", at: 12), now: .seconds(12)).count == 1)
  }

  @Test func whatStaysSoIsToldAgainInAWhileWithHowOftenItCameUp() {
    var gate = EventGate(quiet: .seconds(600))
    let told = (0..<1_300).flatMap { gate.pass(event("Stalled", at: $0), now: .seconds($0)) }
    #expect(
      told.map(\.message) == [
        "It is so.", "It is so. (This came up 600 more times since 1970-01-01T00:00:00Z.)",
        "It is so. (This came up 600 more times since 1970-01-01T00:10:00Z.)",
      ]
    )
    #expect(told.map(\.at) == [0, 600, 1_200].map { Timestamp(milliseconds: $0 * 1_000) })
  }

  @Test func tooManyAreCounted() {
    var gate = EventGate(burst: 2, perMinute: 60)
    let deeds = (0..<5).map { event("Created", at: $0) }
    #expect(deeds.flatMap { gate.pass($0, isDeed: true, now: .zero) }.count == 2)
    let later = gate.pass(event("Created", at: 9), isDeed: true, now: .seconds(9))
    #expect(later.map(\.reason) == ["EventsDropped", "Created"])
  }
}
