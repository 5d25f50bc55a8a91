/// One call of `curl`. All that it is told goes in by its standard input, tokens and URLs above all: everybody on the
/// machine can read a program's arguments.
package struct CurlCall: Sendable {
  /// Its configuration (curl(1), `--config`).
  package private(set) var configuration = ""

  /// - Parameters:
  ///   - settings: long options with their values.
  ///   - headers: `Name: value`.
  ///   - flags: long options without a value.
  package init(_ settings: [(name: String, value: String)], headers: [String], flags: [String] = []) {
    let all = settings + headers.map { ("header", $0) }
    configuration = all.map { "\($0.name) = \(CurlCall.quoted($0.value))\n" }.joined()
    // No patterns in URLs, no chatter but errors.
    configuration += (["silent", "show-error", "globoff"] + flags).map { "\($0)\n" }.joined()
  }

  /// The call, with no settings but these; curl's own files are not read.
  package func program(_ path: String) -> ProgramCall {
    let environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C"]
    return ProgramCall(
      path,
      ["--disable", "--config", "-"],
      environment: environment,
      input: Array(configuration.utf8)
    )
  }

  /// A value that cannot be broken out of: a line break, or any other control character, becomes a space.
  private static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }
    let plain = scalars.joined()
    return "\"" + plain.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
