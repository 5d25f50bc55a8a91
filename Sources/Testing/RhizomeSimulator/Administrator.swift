import RhizomeModel
import RhizomeReconciler

/// The person who applies manifests, in all weathers.
struct Administrator {
  let town: Town
  var catalogue: Catalogue

  private var dice: Dice { town.dice }

  mutating func run() async throws {
    for _ in 0..<dice.number(3...7) {
      change()
      try await apply()
      try await town.sleep(dice.seconds(1...240))
      if dice.chance(0.15) { await deleteByName() }
    }
  }

  private mutating func change() {
    let addresses = catalogue.all.keys.sorted()
    for _ in 0..<dice.number(0...4) {
      guard let address = dice.pick(addresses) else { return }
      switch dice.number(0...5) {
      case 0, 1, 2: catalogue.edit(address, dice)
      case 3, 4: catalogue.undeclare(address)
      default: catalogue.declare(address)
      }
    }
  }

  /// Applies, and tries again for a while when the process is dead or the disk is full.
  private func apply() async throws {
    let desired = catalogue.desired
    let options = PlanOptions(prune: dice.chance(0.6), allowDeletions: dice.chance(0.8) ? 100 : nil)
    let draft = RevisionDraft(source: "folder", origin: "sim", author: "admin", files: try Town.files(desired))
    for _ in 0..<3 {
      if let reconciler = town.reconciler {
        do {
          let receipt = try await reconciler.apply(desired: desired, draft: draft, options: options)
          return town.trace.note(
            "applied \(receipt.revision): \(receipt.plan.actions.map { "\($0.verb) \($0.address)" })"
          )
        } catch {
          town.trace.note("not applied: \(error)")
        }
      }
      try await town.sleep(dice.seconds(1...20))
    }
  }

  private func deleteByName() async {
    guard let reconciler = town.reconciler, let address = dice.pick(catalogue.declared.sorted()) else { return }
    do {
      let receipt = try await reconciler.delete([address], author: "admin")
      town.trace.note("deleted \(address) in \(receipt.revision)")
    } catch {
      town.trace.note("not deleted: \(error)")
    }
  }
}
