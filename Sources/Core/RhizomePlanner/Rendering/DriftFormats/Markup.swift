/// Text made safe for XML 1.0 and HTML.
enum Markup {
  /// For between tags. What XML cannot hold (control characters) is shown escaped.
  static func text(_ text: String) -> String {
    ValueText.escaped(text).reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.append(character)
      }
    }
  }

  /// A value with its quotes.
  static func attribute(_ value: String) -> String { "\"\(text(value))\"" }
}
