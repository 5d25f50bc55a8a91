import ArgumentParser
import RhizomeAPI
import RhizomeManifest
package import RhizomeModel
import RhizomePlanner

/// Plans and diagnostics as the verbs print them.
package enum PlanOutput {
  package static func text(_ plan: RhizomeModel.Plan, goal: String? = nil) -> String {
    PlanText.render(plan, goal: goal, usesColour: Printer.usesColour)
  }

  /// - Parameters:
  ///   - note: what the plan rests on, where that is not what is there.
  ///   - goal: what is to be achieved, where that is not what the manifests say.
  package static func write(
    _ plan: RhizomeModel.Plan,
    as format: OutputFormat,
    note: String? = nil,
    goal: String? = nil
  ) throws {
    switch format {
    case .json: try Printer.json(PlanDocument(plan))
    case .yaml: Printer.out(try YAMLText.encode(PlanDocument(plan)))
    case .markdown: Printer.out(PlanMarkdown.render(plan, note: note))
    case .name: plan.actions.forEach { Printer.out($0.address.description) }
    case .table, .wide: Printer.out(text(plan, goal: goal))
    }
  }

  /// - Throws: `ExitCode`: 1 for a plan that is refused, 2 for one that has something to do.
  package static func finish(_ plan: RhizomeModel.Plan) throws {
    if !plan.refusals.isEmpty { throw ExitCode.failure }
    if !plan.isEmpty { throw ExitCode(2) }
  }

  /// What the manifests were warned about, beside the answer.
  package static func note(_ warnings: [Diagnostic]) {
    if !warnings.isEmpty { Printer.note(DiagnosticRenderer.text(warnings)) }
  }
}
