import Foundation

/// Keeps the processors from sleeping, with threads that do nothing at the lowest priority there is (`SCHED_IDLE`,
/// sched(7)): whoever has work takes the processor from them at once. Where one request goes to and fro at a time, each
/// step otherwise wakes a sleeping processor, which takes a virtual machine longer than any server takes to answer.
enum KeptAwake {
  static let command = "keep-awake"

  private static let idleScheduling: Int32 = 5

  /// Does so while `body` runs.
  static func during(_ body: () async throws -> Void) async throws {
    let spinning = try ServerProcess(command)
    try await body()
    // It ends when it is let go of.
    withExtendedLifetime(spinning) {}
  }

  /// What runs in the process.
  static func serve() async {
    for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
      Thread.detachNewThread {
        var priority = sched_param()
        guard sched_setscheduler(0, idleScheduling, &priority) == 0 else { return }
        while true {}
      }
    }
    await ServerProcess.serve(on: 0)
  }
}
