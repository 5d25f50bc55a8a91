import Foundation
import RhizomeManifest
import RhizomeModel
import RhizomePlanner

/// Measures planning: `RhizomeBenchmarks SIZE` for one size. One size a process, so that peak memory is that size's own.
@main
struct Main {
  static func main() throws {
    let size = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000
    let cluster = try LargeCluster(resources: size)
    let context = PlanningContext(
      now: Timestamp(milliseconds: 0),
      clusterID: "benchmark",
      source: "benchmark",
      prune: true
    )
    let prepared = Memory.peak
    let plan = Measurement(count: 15) { check(Main.plan(cluster, cluster.desired, context)) }
    let whole = try Measurement(count: 15) {
      guard let desired = Manifest.load(cluster.files, source: "benchmark").desired else {
        throw LargeCluster.Unreadable(description: "the manifests are not read a second time")
      }
      check(Main.plan(cluster, desired, context))
    }
    let parse = Measurement(count: 15) {
      precondition(Manifest.load(cluster.files, source: "benchmark").desired != nil, "the manifests were not read")
    }
    report("parse and validate alone", parse)
    report("plan, \(cluster.desired.resources.count) unchanged", plan)
    report("parse, validate, plan, \(cluster.desired.resources.count) unchanged", whole)
    let ratio = whole.processorMilliseconds / parse.processorMilliseconds
    print(String(format: "ratio of parse, validate and plan to parse and validate, processor: %.2f", ratio))
    print("peak resident: \(mebibytes(Memory.peak)) (\(mebibytes(prepared)) before planning)")
    var changed = ChangedFile(cluster, context)
    changed.measure()
    try ReportRendering(cluster).measure()
  }

  private static func plan(_ cluster: LargeCluster, _ desired: DesiredState, _ context: PlanningContext) -> Plan {
    Planner.plan(desired: desired, observed: cluster.observed, prior: cluster.prior, context: context)
  }

  /// A benchmark of the wrong answer is worth nothing.
  private static func check(_ plan: Plan) {
    precondition(plan.isEmpty && plan.drift.isEmpty, "the plan was not empty")
  }

  private static func report(_ name: String, _ measurement: Measurement) {
    print("\(name): \(measurement.sentence)")
  }

  private static func mebibytes(_ amount: Double?) -> String {
    amount.map { String(format: "%.0f MiB", $0) } ?? "unknown"
  }
}
