import ArgumentParser
import RhizomeSimulator

extension Sabotage: ExpressibleByArgument {}
extension ModelSabotage: ExpressibleByArgument {}

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

  @Flag(help: "Compare reports and healing with an oracle, instead of storms with promises.")
  var model = false

  @Option(
    help: "With --model, a mistake to build in: \(ModelSabotage.allCases.map(\.rawValue).joined(separator: ", "))."
  )
  var modelSabotage: ModelSabotage?

  @Flag(help: "Take over installations that were made by hand, instead of storms with promises.")
  var adoption = false

  @Flag(help: "Print everything that happens; for replaying one seed.")
  var trace = false

  func run() throws {
    var broken: [UInt64] = []
    var (lives, operations) = (0, 0)
    for seed in from..<(from + seeds) {
      let report = report(seed)
      (lives, operations) = (lives + report.lives, operations + report.operations)
      if trace { report.trace.forEach { print($0) } }
      if !report.violations.isEmpty {
        broken.append(seed)
        tell(report)
      }
      if (seed - from + 1) % 1_000 == 0 { print("\(seed - from + 1) of \(seeds) seeds run, \(broken.count) broken") }
    }
    print("\(seeds) seeds from \(from): \(broken.isEmpty ? "no promise broken" : "\(broken.count) broken")")
    print("\(lives) lives, \(operations) \(model || adoption ? "comparisons" : "operations")")
    if !broken.isEmpty { throw ExitCode.failure }
  }

  private func report(_ seed: UInt64) -> SimulationReport {
    if adoption { return AdoptionSimulation(seed: seed, keepsTrace: trace).run() }
    return model
      ? ModelSimulation(seed: seed, sabotage: modelSabotage, keepsTrace: trace).run()
      : Simulation(seed: seed, sabotage: sabotage, keepsTrace: trace).run()
  }

  private var choice: String { adoption ? " --adoption" : model ? " --model" : "" }

  private func tell(_ report: SimulationReport) {
    print("seed \(report.seed):")
    for violation in report.violations { print("  \(violation)") }
    print(
      "  replay: swift run -c release rhizome-simulate\(choice) --seeds 1 --from \(report.seed) --trace"
    )
  }
}
