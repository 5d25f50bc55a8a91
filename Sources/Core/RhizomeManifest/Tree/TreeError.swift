internal import RhizomeModel

/// Why the rest of a file cannot be read.
enum TreeError: Error {
  case syntax(SyntaxError)
  case limit(String, Int, Mark)
  case other(Diagnostic)

  func diagnostic(in file: String) -> Diagnostic {
    switch self {
    case .syntax(let error): TreeError.describe(error, in: file)
    case .limit(let name, let value, let mark): TreeError.describe(limit: name, value, at: .init(file: file, mark))
    case .other(let diagnostic): diagnostic
    }
  }

  /// The limit by its name, and what to do.
  static func describe(limit name: String, _ value: Int, at location: SourceLocation) -> Diagnostic {
    Diagnostic(
      .limitExceeded,
      "this exceeds the limit '\(name)' of \(value)",
      at: location,
      suggestion: "split it into smaller parts; Docs/Manifest.md lists all limits"
    )
  }

  private static func describe(_ error: SyntaxError, in file: String) -> Diagnostic {
    if let context = error.context, let what = unclosed(context.message) {
      let end = Diagnostic.Related(location: .init(file: file, error.mark), message: "reading stopped here")
      let message = "this is not YAML: \(what.message)"
      return Diagnostic(.syntax, message, at: .init(file: file, context.mark), suggestion: what.help, related: [end])
    }
    let related = error.context.map { context in
      [Diagnostic.Related(location: .init(file: file, context.mark), message: context.message)]
    }
    return Diagnostic(
      .syntax,
      "this is not YAML: \(error.message)",
      at: .init(file: file, error.mark),
      suggestion: hint(for: error),
      related: related ?? []
    )
  }

  /// What was begun and never ended: the mistake is where it began.
  private static func unclosed(_ context: String) -> (message: String, help: String)? {
    if context.contains("flow sequence") { return ("this list is not closed", "close it with ]") }
    if context.contains("flow mapping") { return ("this map is not closed", "close it with }") }
    if context.contains("quoted scalar") { return ("these quotes are not closed", "close them") }
    return nil
  }

  /// libyaml's words name its grammar; these say what people did.
  private static func hint(for error: SyntaxError) -> String? {
    let context = error.context?.message ?? ""
    if error.message.contains("cannot start any token") {
      return "indent with spaces, and put texts that begin with a special character in quotes"
    }
    if error.message.contains("mapping values are not allowed") {
      return "put a text that holds ': ' in quotes, or check the indentation"
    }
    if error.message.contains("could not find expected ':'") { return "write 'key: value'" }
    if context.contains("block mapping") || context.contains("block collection") {
      return "check the indentation: fields of one map begin in the same column"
    }
    return nil
  }
}
