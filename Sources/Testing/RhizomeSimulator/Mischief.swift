import RhizomeModel
import RhizomeReconciler
import RhizomeTestSupport
import Synchronization

/// What other people and bad luck do to the town.
struct Mischief {
  let town: Town
  /// What was changed by hand, and so may rightly differ where the policy says to leave it.
  let touched: Touched
  let addresses: [Address]

  private var dice: Dice { town.dice }

  func run() async throws {
    while true {
      try await town.sleep(dice.seconds(5...180))
      switch dice.number(0...9) {
      case 0, 1: changeByHand()
      case 2: deleteByHand()
      case 3, 4: strangerComes()
      case 5: strangerGoes()
      case 6: town.kill()
      case 7: town.time.jump(milliseconds: Int64(dice.number(-7_200_000...7_200_000)))
      case 8: try await diskFails()
      default: fillOrEmptyBuckets()
      }
    }
  }

  /// Before anything was applied, somebody else may have been there already.
  func comeEarly() { for _ in 0..<dice.number(0...2) { strangerComes() } }

  private func pickObject(ours: Bool) -> (MockDriver, MockEngine.Object)? {
    let objects = town.drivers.flatMap { driver in
      driver.engine.objects.filter { ($0.mark != nil) == ours }.map { (driver, $0) }
    }
    return dice.pick(objects)
  }

  private func changeByHand() {
    guard let (driver, object) = pickObject(ours: true) else { return }
    town.trace.note("somebody changes \(object.address)")
    touched.note(object.address)
    let value = Field.value(object.address.kind, version: dice.number(51...99))
    driver.engine.change(object.id) { $0.attributes[Field.path(object.address.kind)] = value }
    town.judge.noteValues(driver.engine, object.address)
  }

  private func deleteByHand() {
    guard let (driver, object) = pickObject(ours: true) else { return }
    town.trace.note("somebody deletes \(object.address)")
    touched.note(object.address)
    driver.engine.remove(object.id)
  }

  private func strangerComes() {
    guard let address = dice.pick(addresses), let driver = town.driver(of: address) else { return }
    guard driver.engine.object(address) == nil else { return }
    town.trace.note("a stranger takes \(address)")
    var attributes: Value = [:]
    attributes[Field.path(address.kind)] = Field.value(address.kind, version: dice.number(51...99))
    let object = driver.engine.add(address, attributes, facts: address.kind == .bucket ? ["objects": 1] : [:])
    touched.note(address)
    town.judge.strangerCame(object, in: driver.name)
    town.judge.noteValues(driver.engine, address)
  }

  private func strangerGoes() {
    guard let (driver, object) = pickObject(ours: false) else { return }
    town.trace.note("the stranger at \(object.address) goes")
    town.judge.strangerWent(object.id, in: driver.name)
    driver.engine.remove(object.id)
  }

  private func diskFails() async throws {
    town.trace.note("the disk is full")
    town.faults.setStoreDown(true)
    try await town.sleep(dice.seconds(1...60))
    town.faults.setStoreDown(false)
  }

  private func fillOrEmptyBuckets() {
    guard let driver = town.drivers.first else { return }
    for object in driver.engine.objects where object.address.kind == .bucket && object.mark != nil {
      let count = Int64(dice.number(0...1) * 3)
      driver.engine.change(object.id) { $0.facts["objects"] = .integer(count) }
    }
  }
}

/// Addresses that somebody else had their hands on.
final class Touched: Sendable {
  private let addresses = Mutex<Set<Address>>([])
  func note(_ address: Address) { addresses.withLock { _ = $0.insert(address) } }
  func contains(_ address: Address) -> Bool { addresses.withLock { $0.contains(address) } }
}
