import RhizomeSimulator
import Testing

/// Each seed is a repository that people edit, engines that people change by hand, and an oracle; see `ModelSimulation`.
@Suite struct ModelTests {
  /// The last ones have once found a report that took what a pass wrote meanwhile for old, and a status without a
  /// resource.
  @Test(arguments: Array(0..<300) + [774, 1694]) func agreesWithTheOracle(seed: UInt64) {
    let report = ModelSimulation(seed: seed).run()
    #expect(
      report.violations.isEmpty,
      "replay: swift run -c release rhizome-simulate --model --seeds 1 --from \(seed) --trace"
    )
    #expect(report.operations > 5)
  }

  @Test(arguments: [0, 1, 2, 17, 99]) func aSeedReplaysExactly(seed: UInt64) {
    let (first, second) = (ModelSimulation(seed: seed).run(), ModelSimulation(seed: seed).run())
    #expect(first.traceDigest == second.traceDigest)
  }

  @Test func thereAreCrashes() {
    let lives = (0..<50).reduce(0) { $0 + ModelSimulation(seed: $1).run().lives }
    #expect(lives > 150)
  }

  @Test(arguments: ModelSabotage.allCases) func aPlantedMistakeIsCaught(sabotage: ModelSabotage) {
    let caught = (0..<100).first { !ModelSimulation(seed: $0, sabotage: sabotage).run().violations.isEmpty }
    #expect(caught != nil, "no seed below 100 noticed \(sabotage)")
  }
}
