/// Text inside Markdown that must stay text.
enum Markdown {
  /// `@` and `#` are followed by an empty comment: a forge makes mentions of people and issues even where they are escaped.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in ValueText.escaped(text) {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "@", "#": result += "\(character)<!-- -->"
      case "|", "`", "*", "_", "[", "]", "\\", "~", "!": result += "\\\(character)"
      default: result.append(character)
      }
    }
    return result
  }

  /// For inside an HTML element.
  static func html(_ text: String) -> String {
    var result = ""
    for character in ValueText.escaped(text) {
      switch character {
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "`": result += "&#96;"
      case "@", "#": result += "\(character)<!-- -->"
      default: result.append(character)
      }
    }
    return result
  }

  /// A name as code. A backtick would end it, so that a name with one becomes an element.
  static func code(_ text: String) -> String {
    let shown = ValueText.escaped(text)
    return shown.contains("`") ? "<code>\(html(text))</code>" : "`\(shown)`"
  }
}
