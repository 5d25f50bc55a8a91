import Foundation
import ProcessSupervisor
import RhizomeDriver
import RhizomeModel
import RhizomePlanner
import RhizomeTestSupport
import Testing

@testable import ServiceDrivers

@Suite("Process driver")
struct ProcessDriverTests {
  @Test func createdServiceRunsAndIsSeenAsDeclared() async throws {
    try await DriverFixture.run { fixture in
      let service = fixture.service(["sleep", "1000"], environment: ["SECRET": fixture.secret("hunter2")])
      try await fixture.expectAbsent(service)
      let outcome = try await fixture.perform(.create, service)
      #expect(outcome.facts["running"] == true)
      let seen = try await fixture.present(service)
      #expect(seen.attributes == service.attributes)
      #expect(seen.mark == fixture.mark(service))
      #expect(seen.facts["running"] == true)
      #expect(!"\(seen)".contains("hunter2"))
      let pid = try await fixture.pid(service)
      let environment = try Data(contentsOf: URL(filePath: "/proc/\(pid)/environ"))
      #expect(environment.range(of: Data("SECRET=hunter2".utf8)) != nil)
    }
  }

  @Test func creatingAgainAfterALostAnswerMakesNoSecondProcess() async throws {
    try await DriverFixture.run { fixture in
      let service = fixture.service(["sleep", "1000"])
      try await fixture.perform(.create, service)
      let pid = try await fixture.pid(service)
      try await fixture.perform(.create, service)
      try await fixture.perform(.adopt, service)
      #expect(try await fixture.pid(service) == pid)
    }
  }

  @Test func changedDefinitionRestartsAndOtherChangesDoNot() async throws {
    try await DriverFixture.run { fixture in
      try await fixture.perform(.create, fixture.service(["sleep", "1000"]))
      let first = try await fixture.pid(fixture.service([]))
      var unrelated = fixture.service(["sleep", "1000"])
      unrelated.attributes["update"] = ["strategy": "recreate"]
      try await fixture.perform(.update, unrelated)
      #expect(try await fixture.pid(unrelated) == first)
      #expect(try await fixture.present(unrelated).attributes == unrelated.attributes)
      let changed = fixture.service(["sleep", "1001"])
      try await fixture.perform(.update, changed)
      #expect(try await fixture.pid(changed) != first)
      #expect(try await fixture.present(changed).attributes == changed.attributes)
    }
  }

  /// While a killed program waits for its restart the drift says so; the notice tells why; nobody else starts it.
  @Test func killedProgramIsDriftAndANotice() async throws {
    try await DriverFixture.run { fixture in
      let running = Task { try await fixture.driver.run() }
      var notices = fixture.driver.notices.makeAsyncIterator()
      let service = fixture.service(["sleep", "1000"])
      try await fixture.perform(.create, service)
      let pid = try await fixture.pid(service)
      #expect(await notices.next()?.reason == "Started")
      kill(pid, SIGKILL)
      let notice = await notices.next()
      #expect(notice?.reason == "Ended")
      #expect(notice?.level == .warning)
      #expect(notice?.message == "It was killed by signal 9 (SIGKILL); it is started again in 0.5 s.")
      #expect(notice?.address == service.address)
      let drift = try await fixture.drift(service)
      #expect(drift.map { $0.field?.description } == ["run.process.command"])
      #expect(drift.map(\.kind) == [.missing])
      let error = await #expect(throws: DriverError.self) { try await fixture.perform(.update, service) }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("killed by signal 9") == true)
      try await fixture.passTime(.seconds(1))
      #expect(await notices.next()?.reason == "Started")
      #expect(try await fixture.drift(service).isEmpty)
      running.cancel()
      try await running.value
      #expect(try await fixture.present(service).facts["running"] == false, "a stopped daemon runs nothing")
    }
  }

  @Test func alteredFileIsDriftAndHealedInPlace() async throws {
    try await DriverFixture.run { fixture in
      let files: Value = [
        "conf/app.ini": ["content": "key = 1\n", "mode": "0600"],
        "secret": ["content": fixture.secret("hunter2"), "mode": "0600"],
      ]
      let service = fixture.service(["sleep", "1000"], files: files)
      try await fixture.perform(.create, service)
      let pid = try await fixture.pid(service)
      #expect(try await fixture.drift(service).isEmpty)
      let folder = fixture.directory + "/processes/run/app/"
      try "key = 2\n".write(toFile: folder + "conf/app.ini", atomically: true, encoding: .utf8)
      try "stolen".write(toFile: folder + "secret", atomically: true, encoding: .utf8)
      let drift = try await fixture.drift(service)
      #expect(drift.map { $0.field?.description } == ["files[\"conf/app.ini\"].content", "files.secret.content"])
      #expect(drift.first?.observed == "key = 2\n")
      #expect(!"\(drift)".contains("hunter2") && !"\(drift)".contains("stolen"))
      try await fixture.perform(.update, service)
      #expect(try await fixture.drift(service).isEmpty)
      #expect(try await fixture.pid(service) == pid, "healing a file is no reason to restart")
      try FileManager.default.removeItem(atPath: folder + "conf/app.ini")
      #expect(try await fixture.drift(service).map(\.kind) == [.missing])
    }
  }

  @Test func deletedServiceLeavesNothingBehind() async throws {
    try await DriverFixture.run { fixture in
      let service = fixture.service(["sleep", "1000"], files: ["secret": ["content": "x", "mode": "0600"]])
      try await fixture.perform(.create, service)
      let pid = try await fixture.pid(service)
      try await fixture.perform(.delete, service)
      #expect(kill(pid, 0) != 0)
      try await fixture.expectAbsent(service)
      let left = try FileManager.default.subpathsOfDirectory(atPath: fixture.directory).filter { $0.contains("app") }
      #expect(left == [])
      try await fixture.perform(.delete, service)
    }
  }

  @Test func noReplicasMeansStopped() async throws {
    try await DriverFixture.run { fixture in
      var service = fixture.service(["sleep", "1000"])
      try await fixture.perform(.create, service)
      let pid = try await fixture.pid(service)
      service.attributes["replicas"] = 0
      try await fixture.perform(.update, service)
      #expect(kill(pid, 0) != 0)
      #expect(try await fixture.drift(service).isEmpty)
    }
  }

  /// A node that starts alone runs what it last knew; the files that say what hold secrets, and are sealed.
  @Test func placementsOutliveTheDaemonAndAreSealed() async throws {
    try await DriverFixture.run { fixture in
      let service = fixture.service(["sleep", "1000"], environment: ["SECRET": fixture.secret("hunter2")])
      try await fixture.perform(.create, service)
      let first = try await fixture.pid(service)
      await fixture.supervisor.stopAll()
      for file in try FileManager.default.contentsOfDirectory(atPath: fixture.directory + "/placements") {
        let bytes = try Data(contentsOf: URL(filePath: fixture.directory + "/placements/" + file))
        #expect(bytes.range(of: Data("hunter2".utf8)) == nil)
      }
      let later = DriverFixture(directory: fixture.directory)
      let seen = try await later.present(service)
      #expect(seen.attributes == service.attributes)
      #expect(seen.mark == fixture.mark(service))
      #expect(try await later.pid(service) != first)
      await later.supervisor.stopAll()
    }
  }

  @Test func unreadablePlacementIsUnknownAndNotAbsent() async throws {
    try await DriverFixture.run { fixture in
      let service = fixture.service(["sleep", "1000"])
      try await fixture.perform(.create, service)
      await fixture.supervisor.stopAll()
      let later = DriverFixture(directory: fixture.directory, key: Array(repeating: 9, count: 32))
      guard case .unknown(let reason) = try await later.observe(service) else {
        Issue.record("what cannot be read was not reported as unknown")
        return
      }
      #expect(reason.contains("does not open with this master key"))
    }
  }

  @Test func otherServicesAreForeignWithTheirMark() async throws {
    try await DriverFixture.run { fixture in
      let service = fixture.service(["sleep", "1000"])
      try await fixture.perform(.create, service)
      let report = await fixture.driver.observe([])
      #expect(report.foreign.map(\.address) == [service.address])
      #expect(report.foreign.first?.mark == fixture.mark(service))
    }
  }

  @Test func secretsInArgumentsAreRefused() async throws {
    try await DriverFixture.run { fixture in
      var service = fixture.service(["sleep"])
      service.attributes["run"] = ["process": ["command": ["sleep", fixture.secret("hunter2")]]]
      let error = await #expect(throws: DriverError.self) { try await fixture.perform(.create, service) }
      #expect(error?.code == .invalid)
      #expect(error?.message.contains("run.process.command[1]") == true)
      #expect(error?.message.contains("hunter2") == false)
      try await fixture.expectAbsent(service)
    }
  }

  @Test func programThatCannotStartIsRetryable() async throws {
    try await DriverFixture.run { fixture in
      let service = fixture.service(["/nonexistent/program"])
      let error = await #expect(throws: DriverError.self) { try await fixture.perform(.create, service) }
      #expect(error?.code == .unavailable)
      #expect(error?.message.contains("/nonexistent/program") == true)
      let seen = try await fixture.present(service)
      #expect(seen.mark == fixture.mark(service), "ours, so that the next look takes it over")
      #expect(seen.facts["startFailure"]?.text?.contains("No such file") == true)
      try await fixture.perform(.delete, service)
    }
  }
}
