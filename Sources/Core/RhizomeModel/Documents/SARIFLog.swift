/// Findings for code review tools: SARIF 2.1.0 (OASIS, 2020), with one run of one tool.
package struct SARIFLog: Sendable {
  /// A kind of finding.
  package struct Rule: Sendable {
    let id: String
    let summary: String

    package init(id: String, summary: String) { (self.id, self.summary) = (id, summary) }
  }

  /// How grave a finding is (section 3.27.10).
  package enum Level: String, Sendable { case error, warning, note }

  /// One finding.
  package struct Result: Sendable {
    package var ruleID: String
    package var level: Level
    package var message: String
    /// The place in a file; nil where no file speaks of it.
    package var location: SourceLocation?
    /// What it is about, where that is not a place in a file (section 3.33), such as `Bucket/site quotas.objects`.
    package var subject: String?
    package var related: [(location: SourceLocation, message: String)] = []
    /// When it was first and last seen (section 3.48).
    package var firstSeen: Timestamp?
    package var lastSeen: Timestamp?
    /// Why people do not want to hear of it (section 3.35.6).
    package var suppression: String?
    /// It was found earlier, and is no longer there (section 3.27.24).
    package var isGone = false
    /// What only we know of it (section 3.8).
    package var properties: [(name: String, value: JSONText)] = []

    package init(ruleID: String, level: Level, message: String, location: SourceLocation?, subject: String? = nil) {
      (self.ruleID, self.level, self.message) = (ruleID, level, message)
      (self.location, self.subject) = (location, subject)
    }
  }

  private let toolVersion: String
  private let rules: [Rule]
  private let results: [Result]

  /// - Parameter toolVersion: the version of this program.
  package init(toolVersion: String, rules: [Rule], results: [Result]) {
    (self.toolVersion, self.rules, self.results) = (toolVersion, rules, results)
  }

  /// The document.
  package var text: String {
    let driver = JSONText.object([
      ("name", .string("rhizome")),
      ("version", .string(toolVersion)),
      ("rules", .array(rules.map(SARIFLog.rule))),
    ])
    let run = JSONText.object([
      ("tool", .object([("driver", driver)])),
      ("columnKind", .string("unicodeCodePoints")),
      ("results", .array(results.map(SARIFLog.result))),
    ])
    return JSONText.object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")),
      ("version", .string("2.1.0")),
      ("runs", .array([run])),
    ]).pretty() + "\n"
  }
}

// MARK: - Parts of the document

extension SARIFLog {
  private static func rule(_ rule: Rule) -> JSONText {
    .object([("id", .string(rule.id)), ("shortDescription", message(rule.summary))])
  }

  private static func message(_ text: String) -> JSONText { .object([("text", .string(text))]) }

  private static func result(_ result: Result) -> JSONText {
    var members: [(String, JSONText)] = [
      ("ruleId", .string(result.ruleID)), ("level", .string(result.level.rawValue)),
      ("message", message(result.message)),
    ]
    let place = location(result)
    if !place.isEmpty { members.append(("locations", .array([.object(place)]))) }
    if !result.related.isEmpty {
      let related = result.related.map { other in
        JSONText.object([physical(other.location), ("message", message(other.message))])
      }
      members.append(("relatedLocations", .array(related)))
    }
    return .object(members + story(result))
  }

  /// How it came, and what became of it.
  private static func story(_ result: Result) -> [(String, JSONText)] {
    let times = [("firstDetectionTimeUtc", result.firstSeen), ("lastDetectionTimeUtc", result.lastSeen)]
      .compactMap { name, moment in moment.map { (name, JSONText.string($0.description)) } }
    let suppression = result.suppression.map { why in
      JSONText.array([
        .object([("kind", .string("external")), ("status", .string("accepted")), ("justification", .string(why))])
      ])
    }
    return [
      times.isEmpty ? nil : ("provenance", .object(times)),
      suppression.map { ("suppressions", $0) },
      result.isGone ? ("baselineState", .string("absent")) : nil,
      result.properties.isEmpty ? nil : ("properties", .object(result.properties.map { ($0.name, $0.value) })),
    ].compactMap(\.self)
  }

  private static func location(_ result: Result) -> [(String, JSONText)] {
    let logical = result.subject.map { subject in
      ("logicalLocations", JSONText.array([.object([("fullyQualifiedName", .string(subject))])]))
    }
    return [result.location.map(physical), logical].compactMap(\.self)
  }

  private static func physical(_ location: SourceLocation) -> (String, JSONText) {
    let region = JSONText.object([
      ("startLine", .integer(Int64(location.line))), ("startColumn", .integer(Int64(location.column))),
    ])
    let artifact = JSONText.object([("uri", .string(uri(location.file)))])
    return ("physicalLocation", .object([("artifactLocation", artifact), ("region", region)]))
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
