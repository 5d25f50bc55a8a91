import RhizomeModel

/// For people away from a terminal: one page that needs nothing else, for phone, screen and paper, without scripts.
extension DriftReport {
  package var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(Markup.text(title))</title>
    <style>
    \(DriftPage.style)
    </style>
    </head>
    <body>
    <header>
    <h1>\(Markup.text(title))</h1>
    <p class="lead">\(Markup.text(lead))</p>
    </header>
    <main>
    \(sections)
    </main>
    <footer>
    <p>Seen on \(DriftPage.time(generatedAt)). <strong>Desired</strong> is what the manifests say, <strong>made</strong> \
    is what Rhizome last made, <strong>found</strong> is what is there.</p>
    </footer>
    </body>
    </html>

    """
  }

  private var lead: String {
    guard !entries.isEmpty else {
      return muted.isEmpty ? "Everything is as Rhizome made it." : "Nothing differs but what is muted."
    }
    return summary
  }

  private var sections: String {
    let differences = DriftReport.gravestFirst.compactMap { kind in
      let members = entries.filter { $0.kind == kind }
      return members.isEmpty ? nil : DriftPage.section(kind, members)
    }
    return (differences + [DriftPage.muted(muted), DriftPage.resolved(resolved)].filter { !$0.isEmpty })
      .joined(separator: "\n")
  }
}

/// Parts of the page.
private enum DriftPage {
  static func section(_ kind: DriftEntry.DriftKind, _ entries: [DriftEntry]) -> String {
    let title = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
    return section(kind.rawValue, title, kind.meaning, entries.map { card($0) })
  }

  static func muted(_ muted: [DriftReport.MutedDrift]) -> String {
    let cards = muted.map { item in
      let mute = item.mute
      let because = Markup.text("\(mute.because) (\(mute.author))")
      return card(item.entry, [("Muted until", time(mute.until)), ("Because", because)])
    }
    return section("muted", "Muted", "People know of these, and have said so.", cards)
  }

  static func resolved(_ resolved: [ResolvedDrift]) -> String {
    let cards = resolved.map { item in
      card(
        item.entry,
        isThere: false,
        [("Resolved", time(item.resolvedAt)), ("How", Markup.text(item.ending.meaning))]
      )
    }
    return section("resolved", "Resolved", "These are no longer there.", cards)
  }

  private static func section(_ name: String, _ title: String, _ meaning: String, _ cards: [String]) -> String {
    guard !cards.isEmpty else { return "" }
    return """
      <section class="\(name)">
      <h2>\(title) <span class="count">\(cards.count)</span></h2>
      <p>\(Markup.text(meaning))</p>
      <ul>
      \(cards.joined(separator: "\n"))
      </ul>
      </section>
      """
  }

  private static func card(_ entry: DriftEntry, isThere: Bool = true, _ more: [(String, String)] = []) -> String {
    let field = entry.field.map { " <code>\(Markup.text($0.description))</code>" } ?? ""
    let rows = (values(entry) + notes(entry, isThere) + more).map { "<dt>\($0.0)</dt><dd>\($0.1)</dd>" }.joined()
    return "<li><h3>\(Markup.text(entry.address.description))\(field)</h3><dl>\(rows)</dl></li>"
  }

  private static func values(_ entry: DriftEntry) -> [(String, String)] {
    guard let field = entry.field else { return [] }
    let type = Schema.type(of: entry.address.kind, at: field)
    return [("Desired", entry.desired), ("Made", entry.prior), ("Found", entry.observed)].map { name, value in
      (name, "<code>\(Markup.text(ValueText.text(value, type)))</code>")
    }
  }

  private static func notes(_ entry: DriftEntry, _ isThere: Bool) -> [(String, String)] {
    [
      entry.detail.map { ("What", Markup.text($0)) },
      entry.since.map { ("Since", time($0)) },
      entry.timesSeen.flatMap { $0 > 1 ? ("Seen", "\($0) times") : nil },
      isThere ? ("Policy", Markup.text(DriftText.policy(entry))) : nil,
      entry.declaredAt.map { ("Declared", "<code>\(Markup.text("\($0.file):\($0.line)"))</code>") },
    ].compactMap(\.self)
  }

  static func time(_ moment: Timestamp) -> String {
    "<time datetime=\(Markup.attribute(moment.description))>\(DriftText.moment(moment))</time>"
  }

  static let style = """
    :root { --ink: #1c1e21; --paper: #fff; --quiet: #5b6168; --line: #d9dde2; --card: #f7f8fa;
      --missing: #b3261e; --changed: #9a5b00; --unknown: #5a4fb0; --extra: #2b6a4d; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --paper: #16181b; --quiet: #9aa2ab; --line: #343a41;
      --card: #1e2226; --missing: #ff8a80; --changed: #ffc166; --unknown: #b7aeff; --extra: #84d5ab; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 3rem; color: var(--ink); background: var(--paper);
      font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
    h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 .3rem; }
    h2 { font-size: 1.15rem; margin: 2rem 0 .2rem; padding-bottom: .2rem; border-bottom: 2px solid currentColor; }
    h3 { font-size: 1rem; margin: 0 0 .4rem; }
    .lead { font-size: 1.1rem; margin: 0; }
    .count { font-weight: normal; }
    section > p, footer { color: var(--quiet); font-size: .9rem; margin: .3rem 0 .8rem; }
    .missing h2 { color: var(--missing); } .changed h2 { color: var(--changed); }
    .unknown h2 { color: var(--unknown); } .extra h2 { color: var(--extra); }
    ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .7rem;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); }
    li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; }
    dl { display: grid; grid-template-columns: 6rem 1fr; gap: .15rem .8rem; margin: 0; }
    dt { color: var(--quiet); } dd { margin: 0; min-width: 0; }
    code { font: .92em/1.4 ui-monospace, monospace; }
    footer { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: .6rem; }
    @media print { body { max-width: none; padding: 0; font-size: 10pt; color: #000; background: #fff; }
      li { break-inside: avoid; background: none; } h2, section > p { break-after: avoid; } }
    """
}
