import RhizomeSimulator
import Testing

/// Each seed is one town in bad weather; see `Simulation`.
@Suite struct SimulationTests {
  @Test(arguments: 0..<300) func keepsItsPromises(seed: UInt64) {
    let report = Simulation(seed: seed).run()
    #expect(
      report.violations.isEmpty,
      "replay: swift run -c release rhizome-simulate --seeds 1 --from \(seed) --trace"
    )
  }

  @Test(arguments: [0, 1, 2, 17, 99]) func aSeedReplaysExactly(seed: UInt64) {
    let (first, second) = (Simulation(seed: seed).run(), Simulation(seed: seed).run())
    #expect(first.traceDigest == second.traceDigest)
    #expect(first.operations > 0)
  }

  @Test func theWeatherIsBadEnough() {
    let reports = (0..<50).map { Simulation(seed: $0).run() }
    #expect(reports.reduce(0) { $0 + $1.lives } > 100)
    #expect(reports.reduce(0) { $0 + $1.operations } > 500)
    #expect(Set(reports.map(\.traceDigest)).count == 50)
  }

  @Test(arguments: Sabotage.allCases) func aPlantedMistakeIsCaught(sabotage: Sabotage) {
    let caught = (0..<300).first { !Simulation(seed: $0, sabotage: sabotage).run().violations.isEmpty }
    #expect(caught != nil, "no seed below 300 noticed \(sabotage)")
  }
}
