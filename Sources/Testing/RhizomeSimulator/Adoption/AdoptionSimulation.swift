import RhizomeManifest
import RhizomeModel
import RhizomePlanner
import RhizomeReconciler
import RhizomeStateStore
import RhizomeTestSupport

/// An installation that somebody made by other means than manifests, declared and taken over while the process dies and
/// engines fall silent: what is in the engines stays as it was, whatever happens on the way.
///
/// The draft goes through the manifest language, the planner, the reconciler and a state store, in virtual time, all from
/// one seed. What real engines make of it is not shown here.
package struct AdoptionSimulation: Sendable {
  package let seed: UInt64
  private let sabotage: AdoptionSabotage?
  private let keepsTrace: Bool

  package init(seed: UInt64, sabotage: AdoptionSabotage? = nil, keepsTrace: Bool = false) {
    self.seed = seed
    self.sabotage = sabotage
    self.keepsTrace = keepsTrace
  }

  /// Runs to the end on the calling thread.
  package func run() -> SimulationReport {
    ModelTown.run(seed: seed, sabotage: nil, keepsTrace: keepsTrace, resolves: true) { town in
      try await AdoptionPlay(town: town, sabotage: sabotage).run()
    }
  }
}

/// Mistakes that can be built in, to see that they are noticed.
package enum AdoptionSabotage: String, Sendable, CaseIterable {
  /// An adopted object is given something that its draft does not say.
  case changesOnAdoption
  /// One object of the installation is left out of the draft.
  case forgetsOne
  /// The secret of a key is written down.
  case writesSecrets
}

/// What happens in one simulated adoption.
struct AdoptionPlay {
  let town: ModelTown
  let sabotage: AdoptionSabotage?

  func run() async throws {
    let installation = AdoptedInstallation(town.dice)
    installation.fill(town.engines)
    let before = contents()
    let cluster = "apiVersion: rhizome/v1\nkind: Cluster\nmetadata: {name: plant}\nspec: {domain: plant.example}\n"
    try await apply([cluster])
    try await surveyInSilence()
    let files = try await draft(installation)
    try await checkPlan([cluster] + files, installation)
    expect(contents() == before, "looking and planning changed something")
    town.setStormy(town.dice.chance(0.7))
    try await apply([cluster] + files)
    try await town.sleep(town.dice.seconds(1...90))
    town.setStormy(false)
    for engine in town.engines { engine.setSilent(false) }
    try await town.sleep(.seconds(6 * 60))
    spoil()
    try await checkEnd([cluster] + files, before)
  }

  /// Everything in the engines, without marks.
  private func contents() -> [MockEngine.Object] {
    town.engines.flatMap(\.contents.objects).map { object in
      var copy = object
      copy.mark = nil
      return copy
    }
  }

  private func expect(_ isTrue: Bool, _ complaint: String) {
    town.compared()
    if !isTrue { town.accuse(complaint) }
  }

  private func spoil() {
    guard sabotage == .changesOnAdoption, let engine = town.engines.first, let object = engine.contents.objects.first
    else {
      return
    }
    engine.contents.change(object.id) { $0.attributes["displayName"] = "tidied up" }
  }
}

// MARK: - Declaring

extension AdoptionPlay {
  /// An engine that cannot be read is unknown, and nothing of it is declared.
  private func surveyInSilence() async throws {
    guard town.dice.chance(0.4), let silent = town.dice.pick(town.engines) else { return }
    silent.setSilent(true)
    let draft = try await surveyed()
    expect(draft.remarks.contains { $0.reason == .unknown }, "nothing tells that \(silent.name) could not be read")
    let told = draft.declarations.filter { silent.kinds.contains($0.address.kind) }.map(\.address)
    expect(told.isEmpty, "\(told) are declared, though nobody could look")
    silent.setSilent(false)
  }

  private func surveyed() async throws -> AdoptionDraft {
    let reconciler = try await town.reconciler()
    let survey = try await reconciler.survey([.storage, .directory])
    let known = try await reconciler.snapshot()
    let taken = Set(known.desired.resources.keys).union(known.records.keys)
    return Adoption.draft(survey, .init(clusterID: ModelTown.clusterID, taken: taken, desired: known.desired))
  }

  /// The manifests that declare the installation, one file each.
  private func draft(_ installation: AdoptedInstallation) async throws -> [String] {
    var draft = try await surveyed()
    if sabotage == .forgetsOne { draft.declarations = Array(draft.declarations.dropFirst()) }
    for remark in draft.remarks { town.accuse("\(remark.subject) \(remark.message)") }
    expect(
      Set(draft.declarations.map(\.address)) == installation.declarable,
      "something else is declared than is there"
    )
    let secret = sabotage == .writesSecrets ? installation.secrets.first ?? "" : ""
    let texts = draft.declarations.map { ManifestWriter.text([$0]) + "# \(secret)\n" }
    for secret in installation.secrets {
      expect(!texts.contains { $0.contains(secret) }, "a secret is written down")
    }
    return texts
  }

  private func checkPlan(_ files: [String], _ installation: AdoptedInstallation) async throws {
    let plan = try await town.reconciler().preview(desired: try town.desired(AdoptionPlay.named(files)))
    for action in plan.actions where action.verb != .adopt || !action.changes.isEmpty {
      town.accuse("the first plan would \(action.verb) \(action.address): \(action.changes.map(\.path))")
    }
    expect(plan.refusals.isEmpty, "the first plan is refused: \(plan.refusals.map(\.message))")
    expect(plan.unknown.isEmpty, "the first plan knows nothing of \(plan.unknown.map(\.address))")
    let adopted = Set(plan.actions.map(\.address))
    expect(adopted == installation.all, "not everything is adopted: \(installation.all.subtracting(adopted).sorted())")
  }
}

// MARK: - Taking over

extension AdoptionPlay {
  private static func named(_ files: [String]) -> [String: String] {
    Dictionary(files.enumerated().map { ("\($0.offset).yaml", $0.element) }, uniquingKeysWith: { $1 })
  }

  /// Until it is accepted: the process may die, and engines may answer later.
  private func apply(_ texts: [String]) async throws {
    let files = AdoptionPlay.named(texts)
    let desired = try town.desired(files)
    let draft = RevisionDraft(source: desired.source, origin: "model", author: "ann", files: files)
    while true {
      do {
        let plan = try await town.reconciler().apply(desired: desired, draft: draft).plan
        return town.trace.note("applied: \(plan.actions.map { "\($0.verb) \($0.address)" })")
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        try await town.sleep(.seconds(2))
      }
    }
  }

  private func checkEnd(_ files: [String], _ before: [MockEngine.Object]) async throws {
    expect(contents() == before, "the engines hold something else than before")
    let unmarked = town.engines.flatMap(\.contents.objects).filter { $0.mark?.clusterID != ModelTown.clusterID }
    expect(unmarked.isEmpty, "\(unmarked.map(\.address)) carry no mark")
    let plan = try await town.reconciler().preview(desired: try town.desired(AdoptionPlay.named(files)))
    expect(plan.isEmpty, "the next plan is not empty: \(plan.actions.map { "\($0.verb) \($0.address)" })")
    expect(plan.drift.isEmpty, "there is drift after an adoption: \(plan.drift.map(\.address))")
    let again = try await surveyed()
    expect(again.declarations.isEmpty, "\(again.declarations.map(\.address)) are to be adopted again")
  }
}
