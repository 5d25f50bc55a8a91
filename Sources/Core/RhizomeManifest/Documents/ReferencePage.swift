internal import RhizomeModel

extension ManifestDocuments {
  /// The reference page of the manifest language, in Markdown.
  package static func referencePage() -> String {
    let parts = [ReferencePage.introduction, ReferencePage.contents()] + Schema.kinds.map(ReferencePage.section)
    let tables = [
      ReferencePage.references(), ReferencePage.annotations(), ReferencePage.drift(), ReferencePage.units(),
      ReferencePage.limits(),
      ReferencePage.diagnostics(),
    ]
    return (parts + tables).joined(separator: "\n\n") + "\n"
  }
}

/// Writes the tables for people.
private enum ReferencePage {
  static let introduction = """
    # The manifest language

    <!-- Generated from Sources/Core/RhizomeModel/Schema; RECORD_SNAPSHOTS=1 swift test --filter DocumentTests writes it anew. -->

    A folder of YAML files says what there shall be. All files that end in `.yaml` or `.yml` count, at any depth; hidden
    files and folders do not. A file may hold several documents, parted by `---`. The order of files and documents does
    not matter. Each document declares one thing:

    ```yaml
    apiVersion: rhizome/v1    # always this
    kind: Bucket              # what it is: one of the kinds below
    metadata:
      name: site              # its name; no other of this kind has it
      labels: {season: all}   # words to choose by, if you like
      annotations: {}         # how careful Rhizome is to be with it; see Annotations
    spec: {}                  # what it shall be like: the fields of the kind
    ```

    Names are lower-case letters, digits and hyphens. `rhizome validate -f DIR` reads a folder and tells every mistake with
    its file, line and column; it needs nothing else to run. Your editor can help while you type: give it the JSON Schema
    `Manifests/schema/rhizome-v1.json`.

    YAML is read by its version 1.2: only `true` and `false` are booleans (`yes` and `no` are text), and a text that looks
    like a number must stand in quotes. Anchors, aliases and merge keys (`<<`) work. A key that stands twice in a map is a
    mistake.
    """

  static func contents() -> String {
    let kinds = Schema.kinds.map { "[\($0.kind.rawValue)](#\($0.kind.rawValue.lowercased()))" }
    return "Kinds: \(kinds.joined(separator: ", ")).  \n"
      + "Then: [References](#references), [Annotations](#annotations), [Drift](#drift), "
      + "[Units](#units), [Limits](#limits), [What can go wrong](#what-can-go-wrong)."
  }

  static func section(_ kind: KindSchema) -> String {
    let rows = ReferencePage.rows(of: kind.spec, below: "")
    return """
      ## \(kind.kind.rawValue)

      \(kind.summary)

      ```yaml
      \(kind.example)
      ```

      \(table(["field", "type", "when nothing is written", "meaning"], rows))\(exclusions(kind.spec))
      """
  }

  private static func exclusions(_ schema: ObjectSchema) -> String {
    guard !schema.exactlyOneOf.isEmpty else { return "" }
    return "\n\nExactly one of \(schema.exactlyOneOf.map { "`\($0)`" }.joined(separator: ", ")) must be there."
  }

  private static func rows(of schema: ObjectSchema, below prefix: String) -> [[String]] {
    schema.fields.flatMap { field -> [[String]] in
      let path = prefix + field.name
      let row = ["`\(path)`", typeName(field.type), absence(of: field), meaning(of: field)]
      return [row] + inner(field.type, path)
    }
  }

  private static func inner(_ type: FieldType, _ path: String) -> [[String]] {
    switch type {
    case .object(let schema): rows(of: schema, below: path + ".")
    case .keyed(_, let schema), .list(.object(let schema)): rows(of: schema, below: path + "[].")
    default: []
    }
  }

  private static func typeName(_ type: FieldType) -> String {
    switch type {
    case .text(.any): "text"
    case .text(.template): "text with [references](#references)"
    case .text(.dnsLabel): "name"
    case .text(.url), .text(.routerURL): "URL"
    case .text(.copyCount): "number in quotes, or `maximum`"
    case .text(let rule): rule.rawValue.spacedWords
    case .boolean: "boolean"
    case .integer(let range):
      range.upperBound == .max
        ? "number from \(range.lowerBound)" : "number, \(range.lowerBound) to \(range.upperBound)"
    case .quantity(let quantity, _): String(quantity.noun.drop { $0 != " " }.dropFirst())
    case .enumeration: "one word"
    case .reference(let kind): "name of \(kind.withArticle)"
    case .list(let element): "list of \(typeName(element)), in order"
    case .set(let element): "list of \(typeName(element))"
    case .keyed(let key, _): "list of maps, told apart by `\(key)`"
    case .map(let element): "map of \(typeName(element))"
    case .object: "map"
    }
  }

  private static func absence(of field: FieldSchema) -> String {
    if field.isRequired { return "**required**" }
    switch (field.type, field.defaultValue) {
    case (.quantity(let quantity, _), .integer(let amount)): return "`\(quantity.format(amount))`"
    case (_, .integer(let number)): return "`\(number)`"
    case (_, .boolean(let flag)): return "`\(flag)`"
    case (_, .string(let text)): return text.isEmpty ? "empty" : "`\(text)`"
    case (_, .map): return "its fields' defaults"
    case (_, nil) where field.isNoneUnlessWritten: return "none"
    default: return "-"
    }
  }

  private static func meaning(of field: FieldSchema) -> String {
    var text = field.summary
    if let choices = choices(of: field.type) {
      text += " " + choices.map { "`\($0.word)`: \($0.summary)." }.joined(separator: " ")
    }
    if case .object(let schema) = field.type, !schema.exactlyOneOf.isEmpty {
      text += " Exactly one of \(schema.exactlyOneOf.map { "`\($0)`" }.joined(separator: ", "))."
    }
    if let example = field.example { text += " Example: `\(example)`." }
    return text
  }

  private static func choices(of type: FieldType) -> [FieldType.Choice]? {
    switch type {
    case .enumeration(let choices), .set(.enumeration(let choices)): choices
    default: nil
    }
  }
}

extension ReferencePage {
  static func references() -> String {
    let rows = ReferenceTable.fields.map { field in
      ["`\(field.form)`", field.summary + (field.isSecret ? " Secret." : "")]
    }
    return """
      ## References

      Texts in `environment`, `files` and `command` of a Service may name values of other resources, with the resource's
      name in place of `NAME`. What is named is made first. Secrets are refused in `command`, because everybody on a machine
      sees the arguments of programs: hand them over in `environment` or `files`. Where you mean a plain `${`, write `$${`.

      \(table(["reference", "stands for"], rows))
      """
  }

  static func annotations() -> String {
    let rows = Schema.annotations.map { ["`\($0.name)`", typeOfAnnotation($0), meaning(of: $0)] }
    return """
      ## Annotations

      They stand in `metadata.annotations`, and their values are text (in quotes where they look like something else).
      Annotations of other programs, such as `example.org/note`, are let through.

      \(table(["annotation", "value", "meaning"], rows))
      """
  }

  /// Who has the last word on drift, the nearest first.
  static func drift() -> String {
    let rows = [
      ["1", "annotations `rhizome/drift-heal`, `-report`, `-ignore`", "these fields of this resource"],
      ["2", "annotation `rhizome/drift`", "this resource"],
      ["3", "`Cluster.spec.policy.driftRules` with `field`", "this field of all resources of the kind"],
      ["4", "`Cluster.spec.policy.driftRules` without `field`", "all resources of the kind"],
      ["5", "`Cluster.spec.policy.drift`", "everything"],
    ]
    return """
      ## Drift

      What Rhizome does when somebody else changes something can be said in five places. The nearest that says something
      counts, so that `rhizome/drift` on a resource is not undone by a rule for its kind:

      \(table(["", "said in", "holds for"], rows))

      - A path holds for all that is below it: `quotas` also for `quotas.size`. Of two paths in one place, the longer counts.
      - No field stands in two of the annotations, and there is one rule for each field of a kind.
      - A resource that is gone as a whole is dealt with as 2, 4 and 5 say; so is an item of a list that is gone.
      - What follows from a declaration takes over 2 from it, and nothing else: a Grant from its Bucket, a PortMapping from
        its Service, a Firewall from its Node. Then the rules for its own kind count, and the cluster's word.
      - Where nobody could look, that is told unless everything of the resource is ignored.
      - When a declaration changes, the change is made, whatever is said here.

      Where the tables above say *none*, what is not written is not to be there: a web site or a quota that somebody else gives
      a declared bucket is drift (`extra`), and `heal` takes it away. Where they say `-`, what is not written is left to whoever
      sets it, such as a person's mail addresses or SSH keys; write `mail: []` where there shall be none. What an engine cannot
      show is never drift.

      ```yaml
      policy:
        drift: heal
        driftRules:
          - {kind: User, drift: report}
          - {kind: Bucket, field: quotas.size, drift: report}
          - {kind: Bucket, field: website.error, drift: ignore}
      ```
      """
  }

  private static func typeOfAnnotation(_ field: FieldSchema) -> String {
    guard case .enumeration(let choices) = field.type else { return "text" }
    return choices.map { "`\"\($0.word)\"`" }.joined(separator: ", ")
  }

  static func units() -> String {
    let rows = Quantity.allCases.map { quantity in
      [quantity.noun, quantity.units.map { "`\($0.symbol)`" }.joined(separator: ", "), quantity.example]
    }
    return """
      ## Units

      A number and a unit, without a space between them. Fractions are welcome where they come out even: `1.5GiB`.

      \(table(["quantity", "units", "such as"], rows))
      """
  }

  static func limits() -> String {
    let rows = ManifestLimits.standard.table.map { [$0.name, String($0.value), $0.meaning] }
    return """
      ## Limits

      No folder of a collective comes near them; they keep hostile input from using up a machine. Exceeding one is an error
      that names it.

      \(table(["limit", "value", "what is counted"], rows))
      """
  }

  static func diagnostics() -> String {
    let rows = DiagnosticCode.allCases.map { ["`\($0.rawValue)`", $0.summary] }
    return """
      ## What can go wrong

      Each message carries one of these codes, in `-o json` and `-o sarif` also.

      \(table(["code", "meaning"], rows))
      """
  }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    let lines = [head, head.map { _ in "---" }] + rows
    return lines.map { "| \($0.map(escaped).joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  private static func escaped(_ cell: String) -> String {
    cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
  }
}

extension String {
  /// `bucketName` as `bucket name`.
  fileprivate var spacedWords: String {
    reduce(into: "") { text, character in
      let startsWord = character.isUppercase && !(text.last?.isUppercase ?? true)
      text += startsWord ? " " + character.lowercased() : String(character)
    }
  }
}
