internal import RhizomeModel

/// Reads one document: the envelope that all kinds share, then the spec by the kind's table.
struct DeclarationReader {
  private var decoder: SpecDecoder

  init(file: String, report: Report) { decoder = SpecDecoder(file: file, report: report) }

  /// The declaration; nil when it is not known which resource it is about.
  static func read(_ document: Node, file: String, report: inout Report) -> Declaration? {
    var reader = DeclarationReader(file: file, report: report)
    defer { report = reader.decoder.report }
    return reader.declaration(document)
  }

  private mutating func declaration(_ document: Node) -> Declaration? {
    guard let pairs = document.pairs else {
      let message = "a declaration is a map with apiVersion, kind, metadata and spec, not \(document.typeName)"
      decoder.report(.notADeclaration, message, document.mark)
      return nil
    }
    for pair in pairs where !DeclarationReader.fields.contains(pair.key.keyText) { refuseUnknown(pair.key) }
    readVersion(document)
    let kind = readKind(document)
    let metadata = readMetadata(document)
    guard let kind else { return nil }
    let specNode = document["spec"]?.value
    let spec = readSpec(specNode, kind, document)
    guard let metadata else { return nil }
    return Declaration(
      address: Address(kind, metadata.name),
      location: metadata.location,
      labels: metadata.labels,
      annotations: metadata.annotations,
      spec: spec,
      specNode: specNode,
      uses: decoder.uses,
      templates: decoder.templates,
      hasErrors: decoder.errorCount > 0
    )
  }

  static let fields = ["apiVersion", "kind", "metadata", "spec"]

  private mutating func refuseUnknown(_ key: Node) {
    let help = Suggestion.help(for: key.keyText, among: DeclarationReader.fields)
    decoder.report(.unknownField, "there is no field '\(key.keyText.prefix(80))'", key.mark, suggestion: help)
  }

  private mutating func readVersion(_ document: Node) {
    guard let pair = document["apiVersion"] else {
      let suggestion = "add 'apiVersion: \(Schema.apiVersion)'"
      decoder.report(.missingField, "the declaration has no 'apiVersion'", document.mark, suggestion: suggestion)
      return
    }
    guard pair.value.scalar?.text != Schema.apiVersion else { return }
    let written = pair.value.scalar?.text.prefix(80) ?? "this"
    let message = "the apiVersion '\(written)' is not known"
    decoder.report(.unsupportedVersion, message, pair.value.mark, suggestion: "write \(Schema.apiVersion)")
  }

  private mutating func readKind(_ document: Node) -> Kind? {
    guard let pair = document["kind"] else {
      let words = Kind.declarable.map(\.rawValue)
      decoder.report(
        .missingField,
        "the declaration has no 'kind'",
        document.mark,
        suggestion: "add one of: \(words.joined(separator: ", "))"
      )
      return nil
    }
    let word = pair.value.scalar?.text ?? ""
    if let kind = Kind(rawValue: word), !kind.isDerived { return kind }
    let help = Kind(rawValue: word).map(DeclarationReader.origin)
    decoder.report(
      .unknownKind,
      "there is no kind '\(word.prefix(80))' to declare",
      pair.value.mark,
      suggestion: help ?? Suggestion.help(for: word, among: Kind.declarable.map(\.rawValue))
    )
    return nil
  }

  /// Where a derived kind comes from.
  private static func origin(_ kind: Kind) -> String {
    switch kind {
    case .grant: "write it as 'access' of a Bucket"
    case .firewall: "write it as 'firewall' of a Node"
    default: "write it as 'public' in a port of a Service"
    }
  }

  private mutating func readSpec(_ node: Node?, _ kind: Kind, _ document: Node) -> Value {
    decoder.isConfidential = kind == .secret
    defer { decoder.isConfidential = false }
    let schema = Schema.spec(of: kind)
    let empty = Node(content: .mapping([]), mark: node?.mark ?? document.mark, size: 1)
    let spec = node.flatMap { $0.isNull ? nil : $0 } ?? empty
    return decoder.object(spec, schema, at: FieldPath()) ?? .map([:])
  }
}

// MARK: - Metadata

extension DeclarationReader {
  private struct Metadata {
    let name: String
    let location: SourceLocation
    let labels: [String: String]
    let annotations: [String: Declaration.Annotation]
  }

  static let metadataSchema = ObjectSchema([
    .init("name", .text(.dnsLabel), "The name, one of its kind.", required: true, example: "site"),
    .init("labels", .map(.text(.any)), "Words to choose by, such as a machine's disk.", example: "{disk: ssd}"),
    .init("annotations", .map(.text(.any)), "How Rhizome is to handle it."),
  ])

  private mutating func readMetadata(_ document: Node) -> Metadata? {
    guard let node = document["metadata"]?.value, !node.isNull else {
      let message = "the declaration has no 'metadata'"
      let mark = document["metadata"]?.key.mark ?? document.mark
      decoder.report(.missingField, message, mark, suggestion: "add 'metadata: {name: …}'")
      return nil
    }
    let path = FieldPath(["metadata"])
    guard let value = decoder.object(node, DeclarationReader.metadataSchema, at: path) else { return nil }
    let annotations = readAnnotations(node["annotations"]?.value)
    guard let name = value["name"].text else { return nil }
    return Metadata(
      name: name,
      location: .init(file: decoder.file, node["name"]?.value.mark ?? node.mark),
      labels: value["labels"].map?.compactMapValues(\.text) ?? [:],
      annotations: annotations
    )
  }

  private mutating func readAnnotations(_ node: Node?) -> [String: Declaration.Annotation] {
    var found: [String: Declaration.Annotation] = [:]
    for pair in node?.pairs ?? [] {
      let name = pair.key.keyText
      guard let field = Schema.annotations.first(where: { $0.name == name }) else {
        refuseForeign(pair.key)
        continue
      }
      guard case .string(let text) = pair.value.scalar?.resolved else { continue }
      let path = FieldPath(["metadata", "annotations", name])
      guard decoder.decode(pair.value, as: field.type, at: path) != nil else { continue }
      found[name] = .init(value: text, location: .init(file: decoder.file, pair.value.mark))
    }
    return found
  }

  /// Annotations of other programs pass; those that look like ours do not.
  private mutating func refuseForeign(_ key: Node) {
    let names = Schema.annotations.map(\.name)
    let name = key.keyText
    let isOurs = name.lowercased().hasPrefix("rhizome/") || names.contains("rhizome/" + name)
    guard isOurs || !name.contains("/") else { return }
    let meant = names.contains("rhizome/" + name) ? "did you mean 'rhizome/\(name)'?" : nil
    let help = meant ?? Suggestion.help(for: name, among: names)
    decoder.report(.unknownAnnotation, "there is no annotation '\(name.prefix(80))'", key.mark, suggestion: help)
  }
}
