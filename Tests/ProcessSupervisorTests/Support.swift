import Foundation
import RhizomeTestSupport
import Testing

@testable import ProcessSupervisor

/// A supervisor on a virtual clock in a folder of its own; everything is stopped and removed afterwards.
struct SupervisorFixture {
  let directory: String
  let mark: String
  let clock = VirtualClock()
  let supervisor: ProcessSupervisor

  init(directory: String, mark: String) {
    self.directory = directory
    self.mark = mark
    supervisor = ProcessSupervisor(directory: directory, mark: mark, clock: ProcessClock(clock), random: { 0.5 })
  }

  static func run(_ body: (SupervisorFixture) async throws -> Void) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/supervisor-\(UUID().uuidString)"
    let fixture = SupervisorFixture(directory: directory, mark: "test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(atPath: directory) }
    do {
      try await body(fixture)
    } catch {
      await fixture.killEverything()
      throw error
    }
    await fixture.killEverything()
  }

  /// Stops what runs; programs that ignore SIGTERM are killed by moving the clock.
  func killEverything() async {
    let stopping = Task { await supervisor.stopAll() }
    let watchdog = Task {
      while !Task.isCancelled {
        if let deadline = clock.nextDeadline { clock.advance(to: deadline) }
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    await stopping.value
    watchdog.cancel()
    for leftover in LeftoverProcesses.find(root: directory, mark: mark) {
      await LeftoverProcesses.end(leftover.identity)
    }
  }

  func shell(_ name: String, _ script: String, environment: [String: String] = [:], files: [RenderedFile] = [])
    -> ProcessDefinition
  {
    ProcessDefinition(name: name, command: ["/bin/sh", "-c", script], environment: environment, files: files)
  }

  func output(_ name: String) async -> String {
    String(decoding: await supervisor.log(name)?.tail(lines: 1_000) ?? [], as: UTF8.self)
  }

  func pid(_ name: String) async throws -> Int32 {
    guard case .running(let pid) = await supervisor.status(name)?.phase else {
      throw Failure(description: "\(name) does not run")
    }
    return pid
  }

  struct Failure: Error, CustomStringConvertible { let description: String }
}

/// Asks until the condition holds, at most ten seconds.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
  let deadline = ContinuousClock.now + .seconds(10)
  while try await !condition() {
    guard ContinuousClock.now < deadline else { throw SupervisorFixture.Failure(description: "not in time: \(what)") }
    try await Task.sleep(for: .milliseconds(2))
  }
}
