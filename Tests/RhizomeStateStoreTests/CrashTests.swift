import Foundation
import Synchronization
import Testing

@testable import RhizomeStateStore

@Suite("Crashes of the state store")
struct CrashTests {
  /// A process that is killed while several writers are at work: what it acknowledged is there, the file is sound,
  /// and every transaction is there whole or not at all.
  @Test(arguments: 0..<8)
  func acknowledgedTransactionsSurviveAKill(round: Int) async throws {
    try await withTemporaryDirectory { directory in
      let count = Int.random(in: 1...400)
      await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String, count = count as Int] in
        try await CrashTests.writeUntilKilled(directory, afterAcknowledging: count)
      }
      let acknowledged = try String(contentsOfFile: directory + "/acknowledged", encoding: .utf8).split(separator: "\n")
      #expect(acknowledged.count >= count)
      let store = try SQLiteStateStore(path: directory + "/state.sqlite")
      let entries = try await store.list(.all).entries
      let present = Set(entries.map(\.key.text))
      for key in acknowledged {
        #expect(present.contains("left/\(key)"), "\(key) was acknowledged and lost")
      }
      let left = present.filter { $0.hasPrefix("left/") }.map { $0.dropFirst("left/".count) }
      let right = present.filter { $0.hasPrefix("right/") }.map { $0.dropFirst("right/".count) }
      #expect(Set(left) == Set(right), "half a transaction was found")
      #expect(try await store.list(.all).revision.number == Int64(left.count))
      try await store.close()
    }
  }

  /// Counts in the process that is to be killed.
  private static let acknowledged = Atomic(0)

  private static func writeUntilKilled(_ directory: String, afterAcknowledging count: Int) async throws {
    let store = try SQLiteStateStore(path: directory + "/state.sqlite")
    let log = open(directory + "/acknowledged", O_CREAT | O_WRONLY | O_APPEND, 0o600)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          for number in 0... {
            let name = "\(writer)-\(number)"
            let value = Array(repeating: UInt8(writer), count: number % 3000)
            try await store.transact(then: [.put(StateKey("left/\(name)"), value), .put(StateKey("right/\(name)"), [])])
            let line = name + "\n"
            _ = write(log, line, line.utf8.count)
            if acknowledged.add(1, ordering: .relaxed).newValue == count { killSoon() }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  /// Kills this process from another thread after a moment, whatever is going on then.
  private static func killSoon() {
    Thread.detachNewThread {
      usleep(.random(in: 0...3000))
      kill(getpid(), SIGKILL)
    }
  }
}
