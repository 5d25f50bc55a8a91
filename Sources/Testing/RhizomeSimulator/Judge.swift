import FoundationEssentials
import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport
import Synchronization

/// Watches every call to an engine and every transaction, and notes what must never happen.
final class Judge: Sendable {
  private struct State {
    var violations: [String] = []
    /// The answers to looks at one resource alone: a pass makes one right before it acts.
    var looks: [Address: [Look]] = [:]
    /// Deleted in the engine, and not yet seen again.
    var deleted: Set<Address> = []
    /// Every value of each object that was ever there.
    var everSeen: [Address: Set<Value>] = [:]
    /// Objects that were not ours when they were made, and as they were.
    var strangers: [String: MockEngine.Object] = [:]
    var approvals: [Int: Set<Address>] = [:]
    var transactions = 0
    var operations = 0
  }

  private struct Look {
    let at: Duration
    let saw: Observation
  }

  private let state = Mutex(State())
  private let trace: Trace

  init(_ trace: Trace) { self.trace = trace }

  var violations: [String] { state.withLock { $0.violations } }
  /// How often something was written, to the store or to an engine.
  var writes: Int { state.withLock { $0.transactions + $0.operations } }
  var operations: Int { state.withLock { $0.operations } }

  func accuse(_ violation: String) {
    trace.note("VIOLATION \(violation)")
    state.withLock { if $0.violations.count < 20 { $0.violations.append(violation) } }
  }

  // MARK: Engines

  func answered(_ driver: String, _ addresses: [Address], _ report: ObservationReport) {
    trace.note(
      "\(driver) saw \(addresses.map { "\($0)=\(Judge.word(report.observations[$0]))" }.joined(separator: " "))"
    )
    guard addresses.count == 1, let address = addresses.first else { return }
    let look = Look(at: trace.now, saw: report.observations[address] ?? .unknown(reason: "no answer"))
    state.withLock { $0.looks[address] = ($0.looks[address] ?? []).suffix(3) + [look] }
  }

  private static func word(_ observation: Observation?) -> String {
    switch observation {
    case .present(let seen): "\(seen.engineID ?? "?")\(seen.mark == nil ? "~" : "")"
    case .absent: "-"
    case .unknown, nil: "?"
    }
  }

  /// Before an operation: whether it may be.
  func performing(_ operation: Operation, on engine: MockEngine) {
    let address = operation.address
    let wanted = Field.compared(address.kind, operation.desired?.attributes ?? .null)
    trace.note("\(operation.verb) \(address) \(wanted)")
    state.withLock { $0.operations += 1 }
    checkGrounds(operation)
    if operation.verb == .delete { checkApproval(address) }
    if operation.verb == .create, engine.object(address)?.mark == operation.mark {
      accuse("\(address) is created although it exists")
    }
  }

  /// What was seen of a resource at this very moment: looking, deciding and noting the intent take no time here. Looks at
  /// all resources of a driver may come in between, so a look that failed counts only when there is no other.
  private func ground(_ address: Address) -> Observation? {
    let looks = state.withLock { $0.looks[address] ?? [] }.filter { trace.now - $0.at <= .milliseconds(1) }
    let known = looks.last { if case .unknown = $0.saw { false } else { true } }
    return (known ?? looks.last)?.saw
  }

  /// An operation rests on a look, and on one that saw something of ours.
  private func checkGrounds(_ operation: Operation) {
    let address = operation.address
    switch ground(address) {
    case nil: accuse("\(operation.verb) of \(address) without looking")
    case .unknown: accuse("\(operation.verb) of \(address) although it could not be looked at")
    case .present(let seen):
      guard seen.mark != operation.mark else { return }
      if operation.verb == .adopt, operation.desired?.policies.adopts == true { return }
      if operation.verb != .create { accuse("\(operation.verb) of \(address), which is not ours") }
    case .absent:
      if operation.verb != .create { accuse("\(operation.verb) of \(address), which is not there") }
    }
  }

  private func checkApproval(_ address: Address) {
    let approvals = state.withLock { state in
      state.approvals.sorted { $0.key < $1.key }.suffix(2).map(\.value)
    }
    // What follows from a declaration goes with its edit.
    if !address.kind.isDerived, !approvals.contains(where: { $0.contains(address) }) {
      accuse("\(address) is deleted without approval")
    }
  }

  /// After an operation, whatever came of it.
  func performed(_ operation: Operation, on engine: MockEngine, of driver: String) {
    noteValues(engine, operation.address)
    if operation.verb == .delete { state.withLock { _ = $0.deleted.insert(operation.address) } }
    // Taken over because its declaration says so: from now on it is ours.
    guard operation.verb == .adopt, operation.desired?.policies.adopts == true,
      let object = engine.object(operation.address), object.mark != nil
    else { return }
    strangerWent(object.id, in: driver)
  }

  /// Remembers what an object looks like now.
  func noteValues(_ engine: MockEngine, _ address: Address) {
    guard let object = engine.object(address) else { return }
    state.withLock { _ = $0.everSeen[address, default: []].insert(Field.compared(address.kind, object.attributes)) }
  }

  /// Somebody else made an object.
  func strangerCame(_ object: MockEngine.Object, in engine: String) {
    state.withLock { $0.strangers["\(engine)/\(object.id)"] = object }
  }

  /// Somebody else took it away, or changed it.
  func strangerWent(_ id: Int, in engine: String) { state.withLock { $0.strangers["\(engine)/\(id)"] = nil } }

  func strangers(in engine: String) -> [MockEngine.Object] {
    state.withLock { state in
      state.strangers.filter { $0.key.hasPrefix("\(engine)/") }.values.sorted { $0.id < $1.id }
    }
  }

  // MARK: The books

  func committed(_ transaction: StateTransaction) {
    state.withLock { $0.transactions += 1 }
    for operation in transaction.operations {
      switch operation {
      case .put(let key, let value, _):
        trace.note("put \(key) \(value.count)")
        if let record = Judge.decode(InventoryRecord.self, key, value, RecordPlaces.inventory) { checkRecord(record) }
        if let head = Judge.decode(RevisionSummary.self, key, value, RecordPlaces.revisionHeads) {
          state.withLock { $0.approvals[head.number] = Set(head.approvedDeletions) }
        }
      case .delete(let key):
        trace.note("delete \(key)")
        checkForgetting(key)
      case .deleteAll(let prefix): trace.note("delete \(prefix)")
      }
    }
  }

  /// Only what was really made is in the inventory.
  private func checkRecord(_ record: InventoryRecord) {
    guard record.address.kind.component != .records else { return }
    let value = Field.compared(record.address.kind, record.attributes)
    guard state.withLock({ $0.everSeen[record.address]?.contains(value) }) != true else { return }
    accuse("\(record.address) is recorded as \(value), which it never was")
  }

  /// Nothing is dropped from the inventory that could not be looked at.
  private func checkForgetting(_ key: StateKey) {
    guard key.text.hasPrefix(RecordPlaces.inventory),
      let address = Address(String(key.text.dropFirst(RecordPlaces.inventory.count))),
      state.withLock({ $0.deleted.remove(address) }) == nil, case .unknown? = ground(address)
    else { return }
    accuse("\(address) is dropped from the inventory although it could not be looked at")
  }

  private static func decode<Record: Decodable>(_ type: Record.Type, _ key: StateKey, _ value: [UInt8], _ place: String)
    -> Record?
  {
    guard key.text.hasPrefix(place) else { return nil }
    return try? JSONDecoder().decode(Record.self, from: Data(value))
  }
}
