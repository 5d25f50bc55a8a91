import RhizomeTestSupport
import Testing

@Suite struct VirtualTimeTests {
  @Test func timeJumpsToTheNextDeadline() throws {
    let clock = VirtualClock()
    let order = try runInVirtualTime(clock) {
      let log = Log()
      await withTaskGroup { group in
        for hours in [3, 1, 2] {
          group.addTask {
            try? await clock.sleep(until: .init(offset: .seconds(hours * 3_600)))
            await log.append("\(hours)")
          }
        }
      }
      return await log.lines
    }
    #expect(order == ["1", "2", "3"])
    #expect(clock.now.offset == .seconds(3 * 3_600))
  }

  private actor Log {
    var lines: [String] = []
    func append(_ line: String) { lines.append(line) }
  }

  /// The order in which tasks of a group reach an actor.
  private func trace(seed: UInt64) throws -> [String] {
    let clock = VirtualClock()
    return try runInVirtualTime(clock, seed: seed) {
      let log = Log()
      await withTaskGroup { group in
        for number in 0..<8 {
          group.addTask {
            await log.append("a\(number)")
            try? await clock.sleep(until: .init(offset: .seconds(number % 2)))
            await log.append("b\(number)")
          }
        }
      }
      return await log.lines
    }
  }

  @Test(arguments: 0..<10) func equalSeedsGiveEqualOrders(seed: UInt64) throws {
    #expect(try trace(seed: seed) == trace(seed: seed))
  }

  @Test func differentSeedsTryDifferentOrders() throws {
    let traces = try (0..<10).map { try trace(seed: $0) }
    #expect(Set(traces).count > 5)
  }

  @Test func tasksThatWaitForEachOtherAreReported() {
    #expect(throws: VirtualRunError.self) {
      try runInVirtualTime(VirtualClock()) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        for await _ in stream {}
        continuation.finish()
      }
    }
  }
}
