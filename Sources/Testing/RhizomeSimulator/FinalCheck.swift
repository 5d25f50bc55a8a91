import RhizomeDriver
import RhizomeModel
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport

/// What must hold once all faults are over and the reconciler had its time.
struct FinalCheck {
  let town: Town
  let touched: Touched
  let revision: Revision
  let desired: DesiredState
  let prior: PriorState
  let statuses: [Address: ResourceStatus]

  func run() {
    for address in desired.addresses where address.kind.component != .records { checkDeclared(address) }
    for record in prior.records.values.sorted(by: { $0.address < $1.address }) where !isDeclared(record.address) {
      checkUndeclared(record)
    }
    for driver in town.drivers {
      for object in driver.engine.objects { checkObject(object) }
      checkStrangers(driver)
    }
    for address in prior.intents.keys.sorted() where !isBlocked(address) {
      accuse("the intent for \(address) was never ended")
    }
  }

  private func accuse(_ text: String) { town.judge.accuse("in the end \(text)") }
  private func isDeclared(_ address: Address) -> Bool { desired.resources[address] != nil }

  private func objects(_ address: Address) -> [MockEngine.Object] {
    town.driver(of: address)?.engine.objects.filter { $0.address == address } ?? []
  }

  /// A stranger holds its name, or that of something it needs.
  func isBlocked(_ address: Address) -> Bool {
    guard let resource = desired.resources[address] else { return false }
    // A port that leads to another device is never taken over.
    let adopts = resource.policies.adopts && address.kind != .portMapping
    let blocked = objects(address).contains { $0.mark == nil } && !adopts
    return blocked || resource.dependencies.contains(where: isBlocked)
  }

  private func checkDeclared(_ address: Address) {
    guard let resource = desired.resources[address] else { return }
    let found = objects(address)
    if found.count > 1 { accuse("\(address) is there \(found.count) times") }
    if isBlocked(address) { return }
    let mayDiffer = resource.policies.drift != .heal && touched.contains(address)
    guard let object = found.first else {
      if !mayDiffer { accuse("\(address) is not there") }
      return
    }
    let (wanted, seen) = (value(address, resource.attributes), value(address, object.attributes))
    if wanted != seen, !mayDiffer { accuse("\(address) is \(seen) and not \(wanted)") }
    if object.mark == nil { accuse("\(address) is not marked as ours") }
    if prior.records[address] == nil { accuse("\(address) is not in the inventory") }
    checkStatus(address, isSame: wanted == seen)
  }

  private func checkStatus(_ address: Address, isSame: Bool) {
    guard isSame, desired.resources[address]?.policies.drift == .heal else { return }
    let ready = statuses[address]?[.ready]
    if ready?.state != .true { accuse("\(address) is not ready: \(ready?.message ?? "no status")") }
  }

  private func value(_ address: Address, _ attributes: Value) -> Value { Field.compared(address.kind, attributes) }

  /// What was approved to go is gone, unless something holds it.
  private func checkUndeclared(_ record: InventoryRecord) {
    let address = record.address
    guard revision.approvedDeletions.contains(address) else { return }
    let holdsData = objects(address).contains { ($0.facts["objects"]?.integer ?? 0) > 0 }
    let isHeld = statuses[address]?[.stalled]?.state == .true || statuses[address]?[.ready]?.reason == "Waiting"
    if !holdsData, !isHeld { accuse("\(address) was to be removed, and is still there") }
  }

  /// Whatever carries our mark has a record, unless we let go of it on purpose.
  private func checkObject(_ object: MockEngine.Object) {
    guard object.mark != nil, prior.records[object.address] == nil else { return }
    if object.address.kind == .bucket { return }
    accuse("\(object.address) is an orphan")
  }

  private func checkStrangers(_ driver: MockDriver) {
    let present = Dictionary(driver.engine.objects.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
    for stranger in town.judge.strangers(in: driver.name) where present[stranger.id] != stranger {
      accuse("the stranger at \(stranger.address) was touched")
    }
  }
}
