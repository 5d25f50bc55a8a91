import Foundation
import RhizomeAPI
package import RhizomeModel

/// Values as YAML that any parser reads back to the same values: block style, keys sorted, text quoted when in doubt.
package enum YAMLText {
  /// The YAML of anything that can be encoded.
  package static func encode(_ value: some Encodable) throws -> String {
    let json = try WireFormat.encode(value)
    return text(try WireFormat.decode(Value.self, from: json))
  }

  package static func text(_ value: Value) -> String { block(value, indent: 0).joined(separator: "\n") + "\n" }

  private static func block(_ value: Value, indent: Int) -> [String] {
    let margin = String(repeating: " ", count: indent)
    switch value {
    case .map(let members) where !members.isEmpty:
      return members.sorted { $0.key < $1.key }.flatMap { key, member in
        entry(margin + scalar(key) + ":", member, indent: indent + 2)
      }
    case .list(let elements) where !elements.isEmpty:
      return elements.flatMap { element in item(margin, element, indent: indent + 2) }
    default: return [margin + inline(value)]
    }
  }

  private static func entry(_ head: String, _ value: Value, indent: Int) -> [String] {
    if case .string(let text) = value, let lines = literal(text, indent: indent) { return [head + " |"] + lines }
    return isBlock(value) ? [head] + block(value, indent: indent) : [head + " " + inline(value)]
  }

  /// The lines of a text of several, as they are; nil where a literal block would not give back the same text.
  private static func literal(_ text: String, indent: Int) -> [String]? {
    let isPrintable = text.unicodeScalars.allSatisfy { $0 == "\n" || Unprintable.isHarmless($0) }
    guard isPrintable, text.hasSuffix("\n"), !text.hasSuffix("\n\n"), text.first?.isWhitespace == false else {
      return nil
    }
    let margin = String(repeating: " ", count: indent)
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      $0.isEmpty ? "" : margin + $0
    }
  }

  /// A list's element: its first line stands behind the dash.
  private static func item(_ margin: String, _ value: Value, indent: Int) -> [String] {
    var lines = block(value, indent: indent)
    lines[0] = margin + "- " + lines[0].dropFirst(indent)
    return lines
  }

  private static func isBlock(_ value: Value) -> Bool {
    switch value {
    case .map(let members): !members.isEmpty
    case .list(let elements): !elements.isEmpty
    default: false
    }
  }

  private static func inline(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .boolean(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .string(let text): scalar(text)
    case .list: "[]"
    case .map: "{}"
    case .sensitive: "(sensitive)"
    case .template(let template): scalar(template.source)
    }
  }

  /// Plain where no YAML reader can take it for something else, otherwise in double quotes as JSON writes it.
  private static func scalar(_ text: String) -> String {
    let isPlain =
      text.first?.isLetter == true
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) }
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    if isPlain { return text }
    // What is escaped in JSON is escaped likewise in double quotes of YAML (YAML 1.2.2, section 5.7).
    return (try? WireFormat.encode(text)).map { Printer.escaped(json: String(decoding: $0, as: UTF8.self)) } ?? "\"\""
  }
}
