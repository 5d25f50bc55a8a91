import RhizomeSimulator
import Testing

/// Each seed is an installation that is taken over in bad weather; see `AdoptionSimulation`.
@Suite struct AdoptionSimulationTests {
  @Test(arguments: UInt64(0)..<500) func takesOverWithoutChangingAnything(seed: UInt64) {
    let report = AdoptionSimulation(seed: seed).run()
    #expect(
      report.violations.isEmpty,
      "replay: swift run -c release rhizome-simulate --adoption --seeds 1 --from \(seed) --trace"
    )
    #expect(report.operations > 8)
  }

  @Test func thereAreCrashes() {
    let lives = (0..<50).reduce(0) { $0 + AdoptionSimulation(seed: $1).run().lives }
    #expect(lives > 70)
  }

  @Test(arguments: AdoptionSabotage.allCases) func aPlantedMistakeIsCaught(sabotage: AdoptionSabotage) {
    let caught = (0..<20).first { !AdoptionSimulation(seed: $0, sabotage: sabotage).run().violations.isEmpty }
    #expect(caught != nil, "no seed below 20 noticed \(sabotage)")
  }
}
