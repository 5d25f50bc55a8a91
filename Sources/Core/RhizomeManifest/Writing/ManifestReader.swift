import RhizomeModel

/// Reads written declarations back, to see that they say what was meant.
enum ManifestReader {
  /// The declarations in a text, each by itself, and what is wrong with it.
  static func read(_ text: String) -> (declarations: [Declaration], problems: [Diagnostic]) {
    var report = Report(limit: 10)
    var builder = TreeBuilder(file: "written.yaml", limits: .standard, budget: TreeBudget(.standard))
    builder.build(from: Array(text.utf8)[...])
    report.add(contentsOf: builder.problems)
    let declarations = builder.documents.compactMap {
      DeclarationReader.read($0, file: "written.yaml", report: &report)
    }
    return (declarations, report.diagnostics(of: []))
  }

  /// Why the text of a declaration would not read back as the same declaration; nil when it does.
  static func problem(with declaration: WrittenDeclaration) -> String? {
    let text = ManifestWriter.text([declaration])
    guard text.utf8.count <= ManifestLimits.standard.fileBytes else { return "it is too large for a manifest" }
    let (found, problems) = read(text)
    if let first = problems.first { return first.message }
    guard found.count == 1, let same = found.first, same.address == declaration.address,
      same.annotations.mapValues(\.value) == declaration.annotations, isSame(same.spec, declaration)
    else { return "it would not read back as the same" }
    return nil
  }

  private static func isSame(_ spec: Value, _ declaration: WrittenDeclaration) -> Bool {
    var wanted = declaration.spec
    for field in Schema.spec(of: declaration.address.kind).fields where wanted[field.name].isNull {
      wanted[field.name] = SpecDecoder.defaultValue(of: field) ?? .null
    }
    return spec == wanted
  }
}
