import Foundation
import Testing

@testable import ProcessSupervisor

@Suite("Orphans")
struct OrphanTests {
  /// The supervisor's program is killed: its children end with it, and those that escape are ended by the next one.
  @Test func nothingOutlivesAKilledSupervisorTwice() async throws {
    try await SupervisorFixture.run { fixture in
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [directory = fixture.directory as String, mark = fixture.mark as String] in
        let killed = SupervisorFixture(directory: directory, mark: mark)
        try await killed.supervisor.apply(killed.shell("plain", "exec sleep 1000"))
        // The helper leaves its group and session, and so escapes everything but the mark.
        try await killed.supervisor.apply(killed.shell("escaping", "setsid sleep 1000 & echo ready; wait"))
        try await eventually("the helper runs") { await killed.output("escaping").contains("ready") }
        try await eventually("it is marked") { LeftoverProcesses.find(root: directory, mark: mark).count == 3 }
        kill(getpid(), SIGKILL)
      }
      try await eventually("direct children died with it") {
        LeftoverProcesses.find(root: fixture.directory, mark: fixture.mark).count <= 1
      }
      let left = LeftoverProcesses.find(root: fixture.directory, mark: fixture.mark)
      #expect(left.map(\.name) == ["escaping"])
      var events = fixture.supervisor.events.makeAsyncIterator()
      try await fixture.supervisor.apply(fixture.shell("plain", "exec sleep 1000"))
      #expect(await events.next()?.happening == left.first.map { .leftoverEnded(pid: $0.identity.pid) })
      let present = LeftoverProcesses.find(root: fixture.directory, mark: fixture.mark)
      #expect(present.map(\.identity.pid) == [try await fixture.pid("plain")])
    }
  }

  /// A pid that was recorded may belong to another process by now, which must be left alone.
  @Test func reusedPidIsLeftAlone() async throws {
    try await SupervisorFixture.run { fixture in
      let identity = try #require(ProcessIdentity.current(getpid()))
      let folder = ProcessFolder(name: "old", root: fixture.directory)
      try folder.prepare(ProcessDefinition(name: "old", command: ["/bin/true"]))
      try folder.record(ProcessIdentity(pid: identity.pid, startTime: identity.startTime &- 1))
      #expect(LeftoverProcesses.find(root: fixture.directory, mark: fixture.mark).isEmpty)
      try folder.record(identity)
      #expect(LeftoverProcesses.find(root: fixture.directory, mark: fixture.mark).map(\.name) == ["old"])
      try folder.recordEnd()
    }
  }

  /// Linux ties the death signal to the thread that forked, so all must be started from one that never ends.
  @Test func allChildrenComeFromOneThread() async throws {
    let threads = await withTaskGroup(of: UInt.self) { group in
      for _ in 0..<50 { group.addTask { await SpawnThread.shared.run { UInt(pthread_self()) } } }
      return await group.reduce(into: Set<UInt>()) { $0.insert($1) }
    }
    #expect(threads.count == 1)
    #expect(threads != [UInt(pthread_self())])
  }
}
