package import ArgumentParser
import RhizomeModel

/// `rhizome show FILE`
package struct Show: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    abstract: "Print a saved plan as `plan` did; needs no daemon.",
    discussion: "Exit code 0 when it does nothing, 2 when it does something, 1 when it is refused or no plan."
  )

  @Argument(help: "A file from `rhizome plan --out FILE`.")
  var file: String
  @OptionGroup var output: OutputOptions<PlanFormats>

  package init() {}

  package func run() async throws {
    let saved = try SavedPlan.read(from: file)
    let revision = saved.revision.map { "while revision \($0) ran" } ?? "before anything was applied"
    Printer.note("Made \(Age.ago(saved.madeAt)) from \(saved.origin), \(revision).")
    try PlanOutput.write(saved.plan, as: output.format)
    try PlanOutput.finish(saved.plan)
  }
}
