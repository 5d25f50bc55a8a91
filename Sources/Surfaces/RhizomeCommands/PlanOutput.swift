import RhizomeAPI
import RhizomeManifest
package import RhizomeModel
import RhizomePlanner

/// Plans and diagnostics as the verbs print them.
package enum PlanOutput {
  package static func text(_ plan: RhizomeModel.Plan) -> String {
    PlanText.render(plan, usesColour: Printer.usesColour)
  }

  package static func write(_ plan: RhizomeModel.Plan, as format: OutputFormat) throws {
    switch format {
    case .json: try Printer.json(PlanDocument(plan))
    case .yaml: Printer.out(try YAMLText.encode(PlanDocument(plan)))
    case .markdown: Printer.out(PlanMarkdown.render(plan))
    case .name: plan.actions.forEach { Printer.out($0.address.description) }
    case .table, .wide: Printer.out(text(plan))
    }
  }

  /// What the manifests were warned about, beside the answer.
  package static func note(_ warnings: [Diagnostic]) {
    if !warnings.isEmpty { Printer.note(DiagnosticRenderer.text(warnings)) }
  }
}
