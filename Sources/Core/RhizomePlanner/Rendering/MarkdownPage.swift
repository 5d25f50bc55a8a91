/// Markdown that grows block by block and never beyond its limit: what has no room is shortened, then counted.
struct MarkdownPage {
  /// One entry of a section: in full, and in one line where there is no room for that.
  struct Item {
    let full: String
    let short: String

    init(_ full: String, short: String? = nil) {
      self.full = full
      self.short = short ?? full
    }
  }

  /// Bytes that are left.
  private var room: Int
  private var blocks: [String] = []
  private var omitted: [(title: String, count: Int)] = []
  private var shortened = 0

  /// The closing note has its place, whatever comes before.
  private static let closing = 600

  init(limit: Int) { room = max(limit - MarkdownPage.closing, 0) }

  /// A block that is always there: short by its nature.
  mutating func add(_ block: String) {
    blocks.append(block)
    room -= block.utf8.count + 2
  }

  /// A section: as many of its items as there is room for. Once one is left out, so are those after it.
  mutating func add(items: [Item], of title: String, heading: String? = nil, separator: String = "\n\n") {
    guard !items.isEmpty else { return }
    var taken: [String] = []
    var left = room - (heading.map { $0.utf8.count + 2 } ?? 0)
    for item in items {
      guard let text = [item.full, item.short].first(where: { $0.utf8.count + 2 <= left }) else { break }
      if text != item.full { shortened += 1 }
      taken.append(text)
      left -= text.utf8.count + 2
    }
    if taken.count < items.count { omitted.append((title, items.count - taken.count)) }
    guard !taken.isEmpty else { return }
    blocks.append(([heading].compactMap { $0 } + [taken.joined(separator: separator)]).joined(separator: "\n\n"))
    room = left
  }

  var text: String { (blocks + note).joined(separator: "\n\n") + "\n" }

  /// What is missing from the page.
  private var note: [String] {
    guard !omitted.isEmpty || shortened > 0 else { return [] }
    var words = shortened > 0 ? ["the fields of \(shortened) of these"] : []
    var counts: [String: Int] = [:]
    for entry in omitted { counts[entry.title, default: 0] += entry.count }
    words += counts.sorted { $0.key < $1.key }.map { "\($0.value) more under “\($0.key)”" }
    return [
      "_Left out, because a comment holds no more: \(words.joined(separator: ", ")). `rhizome plan` tells it all._"
    ]
  }
}
