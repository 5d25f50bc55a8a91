import Foundation
import RhizomeManifest
import RhizomeModel
import Testing

@Suite("Showing diagnostics")
struct RendererTests {
  private let diagnostic = Diagnostic(
    .error,
    code: "unknown-field",
    message: "there is no field 'quota'",
    at: RhizomeModel.SourceLocation(file: "a b/ü.yaml", line: 3, column: 5),
    sourceLine: "\té: quota\u{202E}",
    suggestion: "did you mean 'quotas'?",
    related: [.init(location: RhizomeModel.SourceLocation(file: "b.yaml", line: 1, column: 1), message: "see \"here\"")]
  )

  @Test("text keeps tabs before the caret, and disarms what would steer a terminal")
  func text() {
    #expect(
      DiagnosticRenderer.text([diagnostic]) == """
        a b/ü.yaml:3:5: error: there is no field 'quota'
          | \té: quota\u{FFFD}
          | \t   ^
          help: did you mean 'quotas'?
          note: b.yaml:1:1: see "here"

        1 error

        """
    )
  }

  @Test("of long lines, the part around the column is shown")
  func longLine() {
    let line = String(repeating: "x", count: 300) + "HERE" + String(repeating: "y", count: 300)
    let place = RhizomeModel.SourceLocation(file: "a", line: 1, column: 301)
    let text = DiagnosticRenderer.text([Diagnostic(code: "c", message: "m", at: place, sourceLine: line)])
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines[1].count < 120)
    let caret = lines[2].firstIndex(of: "^").map { lines[2].distance(from: lines[2].startIndex, to: $0) }
    #expect(caret.map { Array(lines[1])[$0] } == "H")
  }

  @Test("JSON has a version and every member")
  func json() throws {
    let data = Data(DiagnosticRenderer.json([diagnostic]).utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["version"] as? Int == 1)
    let first = try #require((object["diagnostics"] as? [[String: Any]])?.first)
    #expect(first["file"] as? String == "a b/ü.yaml" && first["line"] as? Int == 3 && first["column"] as? Int == 5)
    #expect(first["sourceLine"] as? String == "\té: quota\u{202E}")
    #expect((first["related"] as? [[String: Any]])?.first?["message"] as? String == "see \"here\"")
  }

  @Test("SARIF has the rule, the level, the region and a valid URI")
  func sarif() throws {
    let data = Data(DiagnosticRenderer.sarif([diagnostic], toolVersion: "0.1").utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["version"] as? String == "2.1.0")
    let run = try #require((object["runs"] as? [[String: Any]])?.first)
    let result = try #require((run["results"] as? [[String: Any]])?.first)
    #expect(result["ruleId"] as? String == "unknown-field" && result["level"] as? String == "error")
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("\"uri\": \"a%20b/%C3%BC.yaml\""))
    #expect(text.contains("\"startColumn\": 5"))
  }
}
