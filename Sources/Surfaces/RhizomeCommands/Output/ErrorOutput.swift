package import RhizomeAPI
import RhizomeManifest
import RhizomeModel

/// What the daemon refused, for people.
package enum ErrorOutput {
  package static func tell(_ error: APIError) {
    if !error.diagnostics.isEmpty { return Printer.note(DiagnosticRenderer.text(error.diagnostics)) }
    guard !error.refusals.isEmpty else { return Printer.note("Error: \(error.message)") }
    Printer.note("Refused:")
    for refusal in error.refusals { Printer.note("  \(refusal.rule.rawValue): \(refusal.message)") }
  }
}
