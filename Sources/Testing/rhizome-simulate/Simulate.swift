import ArgumentParser
import RhizomeSimulator

extension Sabotage: ExpressibleByArgument {}

/// Runs simulations, and says which seeds broke a promise.
@main
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rhizome-simulate",
    abstract: "Run Rhizome in bad weather, in virtual time, and check that it keeps its promises."
  )

  @Option(help: "How many seeds to run.")
  var seeds: UInt64 = 300

  @Option(help: "The first seed.")
  var from: UInt64 = 0

  @Option(
    help: "Build in a mistake, to see that it is noticed: \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var sabotage: Sabotage?

  @Flag(help: "Print everything that happens; for replaying one seed.")
  var trace = false

  func run() throws {
    var broken: [UInt64] = []
    for seed in from..<(from + seeds) {
      let report = Simulation(seed: seed, sabotage: sabotage, keepsTrace: trace).run()
      if trace { report.trace.forEach { print($0) } }
      if !report.violations.isEmpty {
        broken.append(seed)
        Simulate.tell(report)
      }
      if (seed - from + 1) % 1_000 == 0 { print("\(seed - from + 1) of \(seeds) seeds run, \(broken.count) broken") }
    }
    print("\(seeds) seeds from \(from): \(broken.isEmpty ? "no promise broken" : "\(broken.count) broken")")
    if !broken.isEmpty { throw ExitCode.failure }
  }

  private static func tell(_ report: SimulationReport) {
    print("seed \(report.seed):")
    for violation in report.violations { print("  \(violation)") }
    print("  replay: swift run -c release rhizome-simulate --seeds 1 --from \(report.seed) --trace")
  }
}
