package import RhizomeModel

/// What the daemon says when it will not do something.
package struct APIError: Error, Sendable, Codable, CustomStringConvertible {
  package enum Code: String, Sendable, Codable {
    /// The manifests have errors; see `diagnostics`.
    case invalidManifests
    /// A seatbelt holds; see `refusals`.
    case refused
    /// A saved plan no longer fits what is there.
    case planChanged
    case notFound
    case badRequest
    case notReady
    case internalFailure
  }

  package var code: Code
  package var message: String
  package var diagnostics: [Diagnostic]
  package var refusals: [Refusal]

  package init(_ code: Code, _ message: String, diagnostics: [Diagnostic] = [], refusals: [Refusal] = []) {
    self.code = code
    self.message = message
    self.diagnostics = diagnostics
    self.refusals = refusals
  }

  package var description: String { message }
}
