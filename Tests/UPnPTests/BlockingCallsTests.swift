import Synchronization
import Testing
import UPnP

#if canImport(Glibc)
  import Glibc
#endif

/// A gate that blocks threads, as a router that does not answer does.
private final class Gate: Sendable {
  private let isOpen = Atomic(false)
  func pass() { while !isOpen.load(ordering: .acquiring) { usleep(2000) } }
  func open() { isOpen.store(true, ordering: .releasing) }
}

@Suite("Blocking calls", .timeLimit(.minutes(1)))
struct BlockingCallsTests {
  @Test func answerComesBack() async throws {
    #expect(try await BlockingCalls().run("answer", deadline: .seconds(10)) { 42 } == 42)
  }

  @Test func errorsComeBack() async {
    await #expect(throws: UPnPError.self) {
      try await BlockingCalls().run("fail", deadline: .seconds(10)) { throw UPnPError(.badAnswer, "no") }
    }
  }

  @Test func deadlineReturnsWhileTheThreadStillHangs() async throws {
    let (calls, gate) = (BlockingCalls(), Gate())
    let error = await #expect(throws: UPnPError.self) {
      try await calls.run("hang", deadline: .milliseconds(50)) { gate.pass() }
    }
    #expect(error?.code == .deadlineExceeded)
    #expect(calls.callsUnderWay == 1)
    gate.open()
    while calls.callsUnderWay > 0 { await Task.yield() }
  }

  @Test func cancellationReturnsAtOnce() async throws {
    let (calls, gate) = (BlockingCalls(), Gate())
    let task = Task { try await calls.run("hang", deadline: .seconds(60)) { gate.pass() } }
    while calls.callsUnderWay == 0 { await Task.yield() }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(calls.callsUnderWay == 1)
    gate.open()
  }

  @Test func abandonedCallsAreLimited() async throws {
    let (calls, gate) = (BlockingCalls(limit: 2), Gate())
    for _ in 1...2 {
      _ = try? await calls.run("hang", deadline: .milliseconds(10)) { gate.pass() }
    }
    let error = await #expect(throws: UPnPError.self) { try await calls.run("hang", deadline: .seconds(1)) {} }
    #expect(error?.code == .overloaded)
    gate.open()
    while calls.callsUnderWay > 0 { await Task.yield() }
    try await calls.run("go on", deadline: .seconds(10)) {}
  }
}
