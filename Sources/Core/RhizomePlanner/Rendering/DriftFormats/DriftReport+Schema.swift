import RhizomeModel

/// The form of the report as JSON.
extension DriftReport {
  /// The JSON Schema (draft 2020-12) of what `drift -o json` prints, for programs that read it. Within one
  /// `formatVersion` fields may be added, and never change their meaning or go away.
  package static var jsonSchema: String { DriftSchema.document.pretty() + "\n" }
}

/// Writes the schema. The words of enumerations come from the types; that nothing else is forgotten, a test sees, which
/// validates real reports.
private enum DriftSchema {
  static var document: JSONText {
    .object([
      ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
      ("$id", .string("urn:rhizome:drift-report:v\(DriftReport.currentFormatVersion)")),
      ("title", .string("A drift report of Rhizome")),
      ("type", .string("object")),
      ("properties", .object(report)),
      ("required", .strings(report.map(\.0))),
      (
        "$defs",
        .object([
          ("time", time), ("entry", entry), ("mute", mute), ("location", location), ("muted", muted),
          ("resolved", resolved),
        ])
      ),
    ])
  }

  private static var report: [(String, JSONText)] {
    [
      ("formatVersion", .object([("const", .integer(Int64(DriftReport.currentFormatVersion)))])),
      ("cluster", text("The name of the cluster.")),
      ("generatedAt", reference("time")),
      ("entries", list("entry", "What differs, sorted by address, field and kind.")),
      ("muted", list("muted", "What differs and people do not want to hear of.")),
      ("resolved", list("resolved", "What went away in the time that was asked for, the latest first.")),
    ]
  }

  private static var entry: JSONText {
    object(
      [
        ("address", text("The resource, as Kind/name.")),
        ("kind", words(DriftEntry.DriftKind.allCases.map(\.rawValue), "What kind of difference it is.")),
        ("policy", words(DriftPolicy.allCases.map(\.rawValue), "What is done about it.")),
        ("desired", value("What the manifests say.")), ("prior", value("What Rhizome last made.")),
        ("observed", value("What is there.")),
      ],
      optional: [
        ("field", text("The field; without it the whole resource is meant.")),
        ("standing", words(DriftEntry.Standing.allCases.map(\.rawValue), standings)),
        ("detail", text("A sentence, where the values do not say it all.")),
        ("since", reference("time")), ("lastSeen", reference("time")), ("timesSeen", number("How many times it came.")),
        ("declaredAt", reference("location")),
      ]
    )
  }

  private static let standings =
    "An object that is somebody else's, one of ours without a record, or one that was let go of; or a resource that "
    + "could not be made so far."

  private static var mute: JSONText {
    object(
      [
        ("address", text("The resource.")), ("until", reference("time")), ("because", text("Why.")),
        ("author", text("Who said so.")), ("at", reference("time")),
      ],
      optional: [("field", text("Only this field, and what is below it."))]
    )
  }

  private static var location: JSONText {
    object([
      ("file", text("Inside the folder of manifests.")), ("line", number("From 1.")), ("column", number("From 1.")),
    ])
  }

  private static var muted: JSONText { object([("entry", reference("entry")), ("mute", reference("mute"))]) }

  private static var resolved: JSONText {
    object([
      ("entry", reference("entry")), ("resolvedAt", reference("time")),
      ("ending", words(ResolvedDrift.Ending.allCases.map(\.rawValue), "healed: Rhizome put it back.")),
    ])
  }

  private static var time: JSONText {
    .object([
      ("description", .string("A moment in UTC (RFC 3339).")), ("type", .string("string")),
      ("pattern", .string("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{3})?Z$")),
    ])
  }

  private static func object(_ required: [(String, JSONText)], optional: [(String, JSONText)] = []) -> JSONText {
    .object([
      ("type", .string("object")), ("properties", .object(required + optional)),
      ("required", .strings(required.map(\.0))),
    ])
  }

  private static func reference(_ name: String) -> JSONText { .object([("$ref", .string("#/$defs/\(name)"))]) }

  private static func list(_ name: String, _ summary: String) -> JSONText {
    .object([("description", .string(summary)), ("type", .string("array")), ("items", reference(name))])
  }

  private static func text(_ summary: String) -> JSONText { typed("string", summary) }

  private static func number(_ summary: String) -> JSONText {
    .object([("description", .string(summary)), ("type", .string("integer")), ("minimum", .integer(1))])
  }

  private static func typed(_ type: String, _ summary: String) -> JSONText {
    .object([("description", .string(summary)), ("type", .string(type))])
  }

  private static func words(_ words: [String], _ summary: String) -> JSONText {
    .object([("description", .string(summary)), ("enum", .strings(words))])
  }

  /// A value may be anything; a secret is an object with its fingerprint under `$sensitive`.
  private static func value(_ summary: String) -> JSONText { .object([("description", .string(summary))]) }
}
