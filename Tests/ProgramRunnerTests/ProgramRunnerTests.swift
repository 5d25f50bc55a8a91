import ProgramRunner
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ProgramRunnerTests {
  private let limits = ProgramLimits(time: .seconds(20))

  private func shell(_ script: String, _ arguments: String..., environment: [String: String] = [:]) -> ProgramCall {
    ProgramCall("/bin/sh", ["-c", script, "sh"] + arguments, environment: environment)
  }

  @Test func `an exit code and both outputs are an outcome`() async throws {
    let outcome = try await ProgramRunner.run(shell("echo out; echo err >&2; exit 3"), limits: limits)
    #expect(outcome.exitCode == 3 && !outcome.isSuccess)
    #expect(outcome.outputText == "out\n" && outcome.errorText == "err\n")
  }

  @Test func `arguments arrive as they are, and nothing of our environment goes along`() async throws {
    setenv("RHIZOME_RUNNER_TEST", "leaked", 1)
    let call = shell("printf '%s|' \"$@\"; env", "a b", "$HOME", "", environment: ["ONLY": "this"])
    let text = try await ProgramRunner.run(call, limits: limits).outputText
    #expect(text.hasPrefix("a b|$HOME||"))
    #expect(text.contains("ONLY=this") && !text.contains("leaked"))
  }

  @Test func `a large input and a large output pass at the same time`() async throws {
    var call = ProgramCall("/bin/cat", [])
    call.input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0) }
    let outcome = try await ProgramRunner.run(call, limits: .init(time: .seconds(20), outputBytes: 4 << 20))
    #expect(outcome.output == call.input)
  }

  @Test func `a program that is not there is told by its path`() async {
    await #expect(throws: ProgramError.notStarted("/no/such/program", reason: "it is not there")) {
      try await ProgramRunner.run(ProgramCall("/no/such/program", []), limits: limits)
    }
  }

  @Test func `too much output ends the program`() async {
    await #expect(throws: ProgramError.interrupted("/bin/sh", reason: "it wrote more than is accepted")) {
      try await ProgramRunner.run(shell("yes"), limits: .init(time: .seconds(20), outputBytes: 1_000))
    }
  }

  @Test func `the limit of time ends the program and what it has started`() async throws {
    let mark = "31\(getpid() % 10_000).5"
    await #expect(throws: ProgramError.timedOut("/bin/sh", after: .milliseconds(300))) {
      try await ProgramRunner.run(shell("sleep \(mark) & sleep \(mark); true"), limits: .init(time: .milliseconds(300)))
    }
    #expect(try await isGone(mark))
  }

  @Test func `cancelling ends the program and what it has started`() async throws {
    let mark = "32\(getpid() % 10_000).5"
    let task = Task { try await ProgramRunner.run(shell("sleep \(mark) & sleep \(mark); true"), limits: limits) }
    while try await isGone(mark) {}
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try await isGone(mark))
  }

  /// Whether no process of that command line is left.
  private func isGone(_ mark: String) async throws -> Bool {
    let script = "for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f 2>/dev/null; echo; done | grep -qx \"sleep $1 \""
    return try await ProgramRunner.run(shell(script, mark), limits: limits).exitCode == 1
  }
}
