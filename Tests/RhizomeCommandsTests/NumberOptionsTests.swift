import ArgumentParser
import RhizomeCommands
import Testing

@Suite("Numbers on the command line")
struct NumberOptionsTests {
  @Test(arguments: [
    (["--timeout=0"], "--timeout is a number of seconds"), (["--timeout=-1"], "--timeout is a number of seconds"),
    (["--allow-deletions=-5"], "--allow-deletions is a number of resources"),
  ]) func `that mean nothing are refused`(_ words: [String], _ told: String) {
    let error = #expect(throws: (any Error).self) { _ = try Apply.parse(words) }
    #expect(error.map { Apply.message(for: $0).contains(told) } == true)
  }

  @Test func `that mean something are taken`() throws {
    _ = try Apply.parse(["--timeout=1", "--allow-deletions=0", "--no-wait"])
    _ = try Rollback.parse(["3", "--timeout=1", "--allow-deletions=7"])
  }
}
