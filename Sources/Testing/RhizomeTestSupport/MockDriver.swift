package import RhizomeDriver
package import RhizomeModel
package import RhizomeReconciler
internal import Synchronization

/// A driver over a `MockEngine` that does what it is told, and remembers what it was asked.
///
/// It is deliberately naive: creating what exists already makes a second object, and whatever it is told to change it
/// changes. So whoever calls it wrongly is found out.
package final class MockDriver: NotifyingDriver {
  /// One call, as it began.
  package enum Call: Sendable, Hashable {
    case observe([Address])
    case perform(Operation.Verb, Address)
  }

  /// How a call goes; the default goes well and at once.
  package struct Response: Sendable {
    /// How long it takes.
    package var delay = Duration.zero
    /// It never ends, until it is cancelled.
    package var hangs = false
    /// For `perform`: whether it has its effect, which may be so even when it fails.
    package var hasEffect = true
    /// For `perform`: how it fails.
    package var error: DriverError?
    /// For `observe`: why nothing could be seen.
    package var unknown: String?

    package init(
      delay: Duration = .zero,
      hangs: Bool = false,
      hasEffect: Bool = true,
      error: DriverError? = nil,
      unknown: String? = nil
    ) {
      self.delay = delay
      self.hangs = hangs
      self.hasEffect = hasEffect
      self.error = error
      self.unknown = unknown
    }

    /// It fails, and nothing happened.
    package static func failing(_ code: DriverError.Code, _ message: String = "told to fail") -> Response {
      Response(hasEffect: false, error: DriverError(code, message))
    }

    /// It happens, but the answer is lost.
    package static let lostAnswer = Response(error: DriverError(.timedOut, "the answer was lost"))
  }

  package let name: String
  package let capabilities: Capabilities
  package let engine: MockEngine
  package let notices: AsyncStream<DriverNotice>
  private let noticing: AsyncStream<DriverNotice>.Continuation
  private let clock: ReconcilerClock
  private let respond: @Sendable (Call) -> Response
  private let state = Mutex(State())

  private struct State {
    var calls: [Call] = []
    var underWay = 0
    var mostUnderWay = 0
  }

  /// - Parameter respond: how each call goes.
  package init(
    _ name: String,
    kinds: [Kind],
    engine: MockEngine = MockEngine(),
    maxConcurrency: Int = 4,
    clock: ReconcilerClock,
    respond: @escaping @Sendable (Call) -> Response = { _ in Response() }
  ) {
    self.name = name
    self.engine = engine
    self.clock = clock
    self.respond = respond
    capabilities = Capabilities(kinds: kinds, maxConcurrency: maxConcurrency, marksObjects: true)
    (notices, noticing) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1_000))
  }

  /// Every call so far, in order.
  package var calls: [Call] { state.withLock { $0.calls } }
  /// The calls that were to change something.
  package var performed: [Call] { calls.filter { if case .perform = $0 { true } else { false } } }
  /// How many operations ran side by side at most.
  package var mostUnderWay: Int { state.withLock { $0.mostUnderWay } }

  /// Notices something.
  package func notice(_ notice: DriverNotice) { noticing.yield(notice) }

  package func observe(_ targets: [ObservationTarget]) async -> ObservationReport {
    let call = Call.observe(targets.map(\.address))
    state.withLock { $0.calls.append(call) }
    let response = respond(call)
    do { try await wait(response) } catch { return .unknown(targets, reason: "cancelled") }
    if let reason = response.unknown { return .unknown(targets, reason: reason) }
    let seen = targets.map { ($0.address, MockDriver.observation(engine.object($0.address))) }
    return ObservationReport(
      observations: Dictionary(seen, uniquingKeysWith: { $1 }),
      foreign: foreign(beside: Set(targets.map(\.address)))
    )
  }

  /// A look at one resource alone lists strangers only, so that many such looks stay cheap.
  private func foreign(beside asked: Set<Address>) -> [ForeignObject] {
    let objects = asked.count == 1 ? engine.strangers : engine.objects
    return objects.filter { !asked.contains($0.address) }.map(MockDriver.foreign).sorted()
  }

  package func perform(_ operation: Operation) async throws(DriverError) -> Outcome {
    let call = Call.perform(operation.verb, operation.address)
    begin(call)
    defer { state.withLock { $0.underWay -= 1 } }
    let response = respond(call)
    do { try await wait(response) } catch { throw DriverError(.timedOut, "cancelled") }
    let id = response.hasEffect ? try apply(operation) : nil
    if let error = response.error { throw error }
    return Outcome(engineID: id.map(String.init))
  }

  private func begin(_ call: Call) {
    state.withLock { state in
      state.calls.append(call)
      state.underWay += 1
      state.mostUnderWay = max(state.mostUnderWay, state.underWay)
    }
  }

  private func wait(_ response: Response) async throws {
    if response.hangs { try await clock.sleep(.seconds(1_000_000_000)) }
    if response.delay > .zero { try await clock.sleep(clock.elapsed() + response.delay) }
  }

  private func apply(_ operation: Operation) throws(DriverError) -> Int? {
    let wanted = operation.desired?.attributes ?? [:]
    let present = engine.object(operation.address)
    try refuseMistaken(operation, present)
    switch operation.verb {
    case .create:
      // An engine says of a bucket how much is in it.
      let facts: [String: Value] = operation.address.kind == .bucket ? ["objects": 0] : [:]
      return engine.add(operation.address, wanted, mark: operation.mark, facts: facts).id
    case .update: if let present { engine.change(present.id) { $0.attributes = wanted } }
    case .adopt: if let present { engine.change(present.id) { $0.mark = operation.mark } }
    case .delete: if let present { engine.remove(present.id) }
    }
    return present?.id
  }

  /// Names are unique in the engine, what is gone cannot be changed, and an object that took the place of another one is
  /// not that other one.
  private func refuseMistaken(_ operation: Operation, _ present: MockEngine.Object?) throws(DriverError) {
    guard let present else {
      guard operation.verb == .update || operation.verb == .adopt else { return }
      throw DriverError(.internalFailure, "it is no longer there")
    }
    if operation.verb == .create, present.mark != operation.mark { throw DriverError(.conflict, "the name is taken") }
    guard operation.verb != .adopt, let expected = operation.prior?.engineID, expected != String(present.id) else {
      return
    }
    if present.mark != operation.mark { throw DriverError(.conflict, "another object has taken its place") }
  }

  private static func observation(_ object: MockEngine.Object?) -> Observation {
    guard let object else { return .absent }
    return .present(
      ObservedResource(
        attributes: object.attributes,
        engineID: String(object.id),
        mark: object.mark,
        facts: object.facts
      )
    )
  }

  private static func foreign(_ object: MockEngine.Object) -> ForeignObject {
    ForeignObject(address: object.address, engineID: String(object.id), mark: object.mark, summary: "an object")
  }
}
