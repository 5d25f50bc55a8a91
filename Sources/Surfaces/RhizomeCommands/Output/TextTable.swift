import RhizomeModel

/// Rows in columns that are as wide as their widest cell; the last column is not padded.
package struct TextTable {
  private var rows: [[String]]

  package init(_ header: [String]) { rows = [header.map { $0.uppercased() }] }

  package mutating func append(_ row: [String]) {
    rows.append(row.map { $0.isEmpty ? "-" : TextTable.printable($0) })
  }

  /// Text that keeps to its line and gives no orders to the terminal.
  package static func printable(_ text: String) -> String {
    guard !text.unicodeScalars.allSatisfy(Unprintable.isHarmless) else { return text }
    return text.unicodeScalars.map { scalar in
      if Unprintable.isHarmless(scalar) { return String(scalar) }
      return scalar.properties.generalCategory == .control ? " " : Unprintable.escape(scalar)
    }.joined()
  }

  package var text: String {
    let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { line($0, widths) }.joined(separator: "\n")
  }

  private func line(_ row: [String], _ widths: [Int]) -> String {
    row.enumerated().map { index, cell in
      index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
    }.joined(separator: "  ")
  }
}
