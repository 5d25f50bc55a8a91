import Foundation
import RhizomeTestSupport
import Testing

@testable import ProcessSupervisor

@Suite("Process supervisor")
struct ProcessSupervisorTests {
  @Test func programGetsOnlyWhatItWasGiven() async throws {
    try await SupervisorFixture.run { fixture in
      setenv("LEAKED_INTO_CHILD", "yes", 1)
      let file = RenderedFile(path: "conf/app.ini", content: Array("key = value\n".utf8))
      let script =
        "env | sort; pwd; cat conf/app.ini; ls -l /proc/self/fd | wc -l; umask; echo err >&2; exec sleep 1000"
      try await fixture.supervisor.apply(fixture.shell("app", script, environment: ["SECRET": "s3"], files: [file]))
      try await eventually("the output is there") { await fixture.output("app").contains("err\n") }
      let output = await fixture.output("app")
      let own = fixture.directory + "/run/app"
      #expect(output.contains("SECRET=s3\n"))
      #expect(output.contains("PATH=/usr/local/bin:/usr/bin:/bin\n"))
      #expect(output.contains("HOME=\(own)\n"))
      #expect(output.contains("\n\(own)\n"))
      #expect(output.contains("key = value\n"))
      #expect(output.contains("\n0077\n"))
      #expect(!output.contains("LEAKED_INTO_CHILD"))
      #expect(output.contains("\n5\n"), "ls has 0, 1, 2 and the folder it lists, and one line is a heading")
      for path in ["", "/run", "/run/app", "/run/app/conf", "/log", "/pid"] {
        #expect(try mode(fixture.directory + path) == 0o700)
      }
      for path in ["/run/app/conf/app.ini", "/log/app", "/pid/app"] {
        #expect(try mode(fixture.directory + path) == 0o600)
      }
    }
  }

  @Test func secretsAreNotInArguments() async throws {
    try await SupervisorFixture.run { fixture in
      let definition = fixture.shell("app", "exec sleep 1000", environment: ["SECRET": "hunter2"])
      try await fixture.supervisor.apply(definition)
      let arguments = try Data(contentsOf: URL(filePath: "/proc/\(try await fixture.pid("app"))/cmdline"))
      #expect(arguments.range(of: Data("hunter2".utf8)) == nil)
    }
  }

  @Test func killedProgramIsStartedAgain() async throws {
    try await SupervisorFixture.run { fixture in
      var events = fixture.supervisor.events.makeAsyncIterator()
      try await fixture.supervisor.apply(fixture.shell("app", "exec sleep 1000"))
      let first = try await fixture.pid("app")
      #expect(await events.next()?.happening == .started(pid: first))
      kill(first, SIGKILL)
      #expect(await events.next()?.happening == .exited(.signal(SIGKILL), restartIn: .milliseconds(500)))
      try await eventually("it waits") { fixture.clock.nextDeadline != nil }
      #expect(await fixture.supervisor.status("app")?.phase == .waiting)
      fixture.clock.advance(to: .init(offset: .milliseconds(500)))
      try await eventually("it runs again") { await fixture.supervisor.status("app")?.isRunning == true }
      let second = try await fixture.pid("app")
      #expect(second != first)
      #expect(await events.next()?.happening == .started(pid: second))
      let status = await fixture.supervisor.status("app")
      #expect(status?.restarts == 1)
      #expect(status?.lastExit == .signal(SIGKILL))
    }
  }

  @Test func exitCodeIsReported() async throws {
    try await SupervisorFixture.run { fixture in
      var events = fixture.supervisor.events.makeAsyncIterator()
      try await fixture.supervisor.apply(fixture.shell("app", "exit 42"))
      _ = await events.next()
      #expect(await events.next()?.happening == .exited(.code(42), restartIn: .milliseconds(500)))
    }
  }

  @Test func stopTakesTheWholeGroupAlong() async throws {
    try await SupervisorFixture.run { fixture in
      try await fixture.supervisor.apply(fixture.shell("app", "sleep 1000 & sleep 1000 & echo ready; wait"))
      try await eventually("all are started") { await fixture.output("app").contains("ready") }
      let pid = try await fixture.pid("app")
      #expect(members(ofGroup: pid).count == 3)
      await fixture.supervisor.stop("app")
      #expect(await fixture.supervisor.status("app")?.phase == .stopped)
      try await eventually("nobody is left") { members(ofGroup: pid).isEmpty }
      #expect(!FileManager.default.fileExists(atPath: "/proc/\(pid)"), "no zombie")
    }
  }

  /// A program that ends by itself must not leave its helpers running beside those of its successor.
  @Test func helpersEndWithTheirProgram() async throws {
    try await SupervisorFixture.run { fixture in
      try await fixture.supervisor.apply(fixture.shell("app", "sleep 1000 & echo $$ ready; read line < /dev/zero"))
      try await eventually("it runs") { await fixture.output("app").contains("ready") }
      let pid = try await fixture.pid("app")
      kill(pid, SIGKILL)
      try await eventually("its group is gone") { members(ofGroup: pid).isEmpty }
    }
  }

  @Test func stubbornProgramIsKilledAfterItsGrace() async throws {
    try await SupervisorFixture.run { fixture in
      var events = fixture.supervisor.events.makeAsyncIterator()
      let script = "trap 'echo no' TERM; echo ready; while true; do sleep 0.01; done"
      try await fixture.supervisor.apply(fixture.shell("app", script))
      _ = await events.next()
      try await eventually("its trap is set") { await fixture.output("app").contains("ready") }
      let stopping = Task { await fixture.supervisor.stop("app") }
      try await eventually("it refuses") { await fixture.output("app").contains("no\n") }
      #expect(await fixture.supervisor.status("app")?.phase == .stopping)
      try await eventually("the alarm is set") { fixture.clock.nextDeadline != nil }
      fixture.clock.advance(to: .init(offset: .seconds(10)))
      await stopping.value
      #expect(await events.next()?.happening == .stopped(.signal(SIGKILL)))
    }
  }

  @Test func changedDefinitionRestartsAndTheSameDoesNot() async throws {
    try await SupervisorFixture.run { fixture in
      let old = RenderedFile(path: "old", content: [1])
      try await fixture.supervisor.apply(fixture.shell("app", "exec sleep 1000", files: [old]))
      let first = try await fixture.pid("app")
      try await fixture.supervisor.apply(fixture.shell("app", "exec sleep 1000", files: [old]))
      #expect(try await fixture.pid("app") == first)
      let new = RenderedFile(path: "new", content: [2])
      let changed = fixture.shell("app", "exec sleep 1000", files: [new])
      try await fixture.supervisor.apply(changed)
      let second = try await fixture.pid("app")
      #expect(second != first)
      #expect(await fixture.supervisor.status("app")?.digest == changed.digest)
      let own = fixture.directory + "/run/app"
      #expect(try FileManager.default.contentsOfDirectory(atPath: own) == ["new"])
    }
  }

  @Test(arguments: [
    (["/nonexistent/program"], "cannot execute /nonexistent/program: No such file or directory"),
    (["no-such-program-anywhere"], "there is no program \"no-such-program-anywhere\" in /usr/local/bin:/usr/bin:/bin"),
    (["/etc/passwd"], "cannot execute /etc/passwd: Permission denied"),
  ])
  func unstartableProgramSaysWhy(command: [String], reason: String) async throws {
    try await SupervisorFixture.run { fixture in
      var events = fixture.supervisor.events.makeAsyncIterator()
      let error = await #expect(throws: ProcessSupervisorError.self) {
        try await fixture.supervisor.apply(ProcessDefinition(name: "app", command: command))
      }
      #expect(error?.code == .couldNotStart)
      #expect(error?.message.contains(reason) == true)
      let expected = ProcessEvent.Happening.couldNotStart(reason: reason, retryIn: .milliseconds(500))
      #expect(await events.next()?.happening == expected)
      #expect(await fixture.supervisor.status("app")?.startFailure == reason)
      await fixture.supervisor.stop("app")
    }
  }

  @Test func programThatAppearsLaterIsStartedByTheRetry() async throws {
    try await SupervisorFixture.run { fixture in
      let program = fixture.directory + "/late.sh"
      await #expect(throws: ProcessSupervisorError.self) {
        try await fixture.supervisor.apply(ProcessDefinition(name: "app", command: [program]))
      }
      try "#!/bin/sh\nexec sleep 1000\n".write(toFile: program, atomically: true, encoding: .utf8)
      chmod(program, 0o755)
      try await eventually("it waits") { fixture.clock.nextDeadline != nil }
      fixture.clock.advance(to: .init(offset: .seconds(1)))
      try await eventually("it runs") { await fixture.supervisor.status("app")?.isRunning == true }
    }
  }

  @Test(arguments: ["", ".", "..", "a/b", "a b", "é"])
  func dangerousNamesAreRefused(name: String) async throws {
    try await SupervisorFixture.run { fixture in
      let error = await #expect(throws: ProcessSupervisorError.self) {
        try await fixture.supervisor.apply(ProcessDefinition(name: name, command: ["/bin/true"]))
      }
      #expect(error?.code == .invalidDefinition)
    }
  }

  @Test(arguments: ["/etc/x", "../x", "a/../../x", "a//b", "./x", ""])
  func filesOutsideTheFolderAreRefused(path: String) async throws {
    try await SupervisorFixture.run { fixture in
      let definition = fixture.shell("app", "true", files: [RenderedFile(path: path, content: [])])
      await #expect(throws: ProcessSupervisorError.self) { try await fixture.supervisor.apply(definition) }
    }
  }

  @Test func removalLeavesOnlyWhatTheProgramWrote() async throws {
    try await SupervisorFixture.run { fixture in
      let file = RenderedFile(path: "secret", content: [1])
      try await fixture.supervisor.apply(fixture.shell("tidy", "exec sleep 1000", files: [file]))
      let script = "echo data > data; echo done; exec sleep 1000"
      try await fixture.supervisor.apply(fixture.shell("writer", script, files: [file]))
      try await eventually("it has written") { await fixture.output("writer").contains("done") }
      try await fixture.supervisor.remove("tidy")
      try await fixture.supervisor.remove("writer")
      try await fixture.supervisor.remove("never-was")
      let left = try FileManager.default.subpathsOfDirectory(atPath: fixture.directory).sorted()
      #expect(left == ["log", "pid", "run", "run/writer", "run/writer/data"])
      #expect(await fixture.supervisor.statuses().isEmpty)
    }
  }

  @Test func logOutlivesItsSupervisor() async throws {
    try await SupervisorFixture.run { fixture in
      try await fixture.supervisor.apply(fixture.shell("app", "echo once; exec sleep 1000"))
      try await eventually("it has written") { await fixture.output("app").contains("once") }
      await fixture.supervisor.stopAll()
      let later = SupervisorFixture(directory: fixture.directory, mark: fixture.mark)
      #expect(await later.output("app") == "once\n")
      #expect(await later.supervisor.log("never-was") == nil)
      var follower = try #require(await later.supervisor.log("app")).follow(tail: 0).makeAsyncIterator()
      try await later.supervisor.apply(later.shell("app", "echo twice; exec sleep 1000"))
      #expect(await follower.next() == Array("twice\n".utf8))
      await later.killEverything()
    }
  }

  @Test func cancelledRunStopsEverything() async throws {
    try await SupervisorFixture.run { fixture in
      let service = Task { try await fixture.supervisor.run() }
      for name in ["a", "b", "c"] { try await fixture.supervisor.apply(fixture.shell(name, "exec sleep 1000")) }
      service.cancel()
      try await service.value
      #expect(await fixture.supervisor.statuses().map(\.phase) == [.stopped, .stopped, .stopped])
    }
  }

  @Test func manyChangesAtOnceEndInOneProcess() async throws {
    try await SupervisorFixture.run { fixture in
      await withTaskGroup(of: Void.self) { group in
        for number in 0..<10 {
          group.addTask { try? await fixture.supervisor.apply(fixture.shell("app", "exec sleep 100\(number)")) }
        }
      }
      try await eventually("one of them runs") { await fixture.supervisor.status("app")?.isRunning == true }
      let marked = LeftoverProcesses.find(root: "/nonexistent", mark: fixture.mark)
      #expect(marked.count == 1)
    }
  }
}

private func mode(_ path: String) throws -> Int? {
  try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

/// The living processes of a process group.
private func members(ofGroup group: Int32) -> [Int32] {
  let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return entries.compactMap { Int32($0) }.filter { getpgid($0) == group && ProcessIdentity.current($0) != nil }
}
