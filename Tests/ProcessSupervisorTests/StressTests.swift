import Foundation
import Testing

@testable import ProcessSupervisor

@Suite("Process supervisor under stress")
struct StressTests {
  private static let names = ["a", "b", "c"]

  /// Starts, changes, stops, removals and kills in any order, side by side: afterwards each program runs exactly once,
  /// as last defined, and after stopping nothing runs at all.
  @Test(.timeLimit(.minutes(1)), arguments: 0..<4)
  func anyOrderEndsInOneProcessEach(round: Int) async throws {
    let directory = FileManager.default.temporaryDirectory.path + "/stress-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let policy = RestartPolicy(initialDelay: .milliseconds(1), longestDelay: .milliseconds(5))
    let supervisor = ProcessSupervisor(directory: directory, mark: directory, policy: policy)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { for _ in 0..<30 { await StressTests.disturb(supervisor) } } }
    }
    for name in StressTests.names { try await supervisor.apply(StressTests.definition(name, 0)) }
    try await eventually("each runs once") {
      let running = LeftoverProcesses.find(root: "/nonexistent", mark: directory).map(\.name).sorted()
      return running == StressTests.names
    }
    #expect(await supervisor.statuses().allSatisfy(\.isRunning))
    await supervisor.stopAll()
    #expect(LeftoverProcesses.find(root: directory, mark: directory).isEmpty)
  }

  private static func definition(_ name: String, _ number: Int) -> ProcessDefinition {
    ProcessDefinition(name: name, command: ["sleep", "100\(number)"], stopGrace: .seconds(5))
  }

  private static func disturb(_ supervisor: ProcessSupervisor) async {
    let name = names.randomElement() ?? "a"
    switch Int.random(in: 0..<10) {
    case 0..<5: try? await supervisor.apply(definition(name, .random(in: 0..<3)))
    case 5..<7: await supervisor.stop(name)
    case 7: try? await supervisor.remove(name)
    default:
      if case .running(let pid) = await supervisor.status(name)?.phase { kill(pid, SIGKILL) }
    }
  }
}
