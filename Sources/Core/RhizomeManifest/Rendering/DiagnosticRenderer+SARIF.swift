package import RhizomeModel

/// For code review tools: SARIF 2.1.0 (OASIS, 2020).
extension DiagnosticRenderer {
  /// - Parameter toolVersion: the version of this program.
  package static func sarif(_ diagnostics: [Diagnostic], toolVersion: String) -> String {
    let driver = JSONText.object([
      ("name", .string("rhizome")),
      ("version", .string(toolVersion)),
      ("rules", .array(rules(of: diagnostics))),
    ])
    let run = JSONText.object([
      ("tool", .object([("driver", driver)])),
      ("columnKind", .string("unicodeCodePoints")),
      ("results", .array(diagnostics.map(result))),
    ])
    return JSONText.object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")),
      ("version", .string("2.1.0")),
      ("runs", .array([run])),
    ]).pretty() + "\n"
  }

  private static func rules(of diagnostics: [Diagnostic]) -> [JSONText] {
    Set(diagnostics.map(\.code)).sorted().map { code in
      let summary = DiagnosticCode(rawValue: code)?.summary ?? code
      return .object([("id", .string(code)), ("shortDescription", .object([("text", .string(summary))]))])
    }
  }

  private static func result(_ diagnostic: Diagnostic) -> JSONText {
    let help = diagnostic.suggestion.map { " (\($0))" } ?? ""
    var members: [(String, JSONText)] = [
      ("ruleId", .string(diagnostic.code)),
      ("level", .string(diagnostic.severity.rawValue)),
      ("message", .object([("text", .string(diagnostic.message + help))])),
      ("locations", .array([location(diagnostic.location)])),
    ]
    if !diagnostic.related.isEmpty {
      members.append(("relatedLocations", .array(diagnostic.related.map { location($0.location, $0.message) })))
    }
    return .object(members)
  }

  private static func location(_ location: SourceLocation, _ message: String? = nil) -> JSONText {
    let region = JSONText.object([
      ("startLine", .integer(Int64(location.line))), ("startColumn", .integer(Int64(location.column))),
    ])
    let physical = JSONText.object([
      ("artifactLocation", .object([("uri", .string(uri(location.file)))])), ("region", region),
    ])
    let text = message.map { [("message", JSONText.object([("text", .string($0))]))] } ?? []
    return .object([("physicalLocation", physical)] + text)
  }

  /// A path as a relative URI reference (RFC 3986, section 4.2).
  private static func uri(_ path: String) -> String {
    path.utf8.map { byte in
      let isPlain = byte < 0x80 && Unicode.Scalar(byte).properties.isAlphabetic || "0123456789-._~/".utf8.contains(byte)
      guard !isPlain else { return String(Unicode.Scalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.utf8.count == 1 ? "0" : "") + digits
    }.joined()
  }
}
