/// Quantities as people write them: a number and a unit without a space, such as `10GiB`, `30s` or `20Mbit/s`.
package struct QuantityUnit: Sendable {
  package let symbol: String
  /// How many base units one of these is.
  package let factor: Int64
}

/// The three kinds of quantity in manifests, and their units, smallest first.
package enum Quantity: Sendable, CaseIterable {
  /// Bytes.
  case byteSize
  /// Milliseconds.
  case duration
  /// Bits per second.
  case bandwidth

  package var units: [QuantityUnit] {
    switch self {
    case .byteSize: Quantity.byteUnits
    case .duration: Quantity.durationUnits
    case .bandwidth: Quantity.bandwidthUnits
    }
  }

  /// An example to show where text does not parse.
  package var example: String {
    switch self {
    case .byteSize: "10GiB or 400GB"
    case .duration: "30s, 5m or 12h"
    case .bandwidth: "20Mbit/s"
    }
  }

  private static let byteUnits: [QuantityUnit] = [
    .init(symbol: "B", factor: 1), .init(symbol: "kB", factor: 1_000), .init(symbol: "KiB", factor: 1 << 10),
    .init(symbol: "MB", factor: 1_000_000), .init(symbol: "MiB", factor: 1 << 20),
    .init(symbol: "GB", factor: 1_000_000_000), .init(symbol: "GiB", factor: 1 << 30),
    .init(symbol: "TB", factor: 1_000_000_000_000), .init(symbol: "TiB", factor: 1 << 40),
  ]
  private static let durationUnits: [QuantityUnit] = [
    .init(symbol: "ms", factor: 1), .init(symbol: "s", factor: 1_000), .init(symbol: "m", factor: 60_000),
    .init(symbol: "h", factor: 3_600_000), .init(symbol: "d", factor: 86_400_000),
  ]
  private static let bandwidthUnits: [QuantityUnit] = [
    .init(symbol: "bit/s", factor: 1), .init(symbol: "kbit/s", factor: 1_000),
    .init(symbol: "Mbit/s", factor: 1_000_000), .init(symbol: "Gbit/s", factor: 1_000_000_000),
  ]

  /// The amount in base units; nil when the text is not a number followed by one of the units, or is too large.
  package func parse(_ text: String) -> Int64? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let symbol = text.dropFirst(digits.count)
    guard let unit = units.first(where: { $0.symbol == symbol }) else { return nil }
    return Quantity.multiply(String(digits), by: unit.factor)
  }

  /// Exact decimal multiplication, so that `1.5GiB` means what it says; nil on overflow or a fraction of a base unit.
  private static func multiply(_ decimal: String, by factor: Int64) -> Int64? {
    let parts = decimal.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = Int64(parts[0]) else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
    guard !overflow else { return nil }
    guard parts.count == 2 else { return product }
    guard parts[1].count <= 6, let fraction = Int64(parts[1]) else { return nil }
    let scale = (0..<parts[1].count).reduce(Int64(1)) { power, _ in power * 10 }
    let (scaled, tooLarge) = fraction.multipliedReportingOverflow(by: factor)
    guard !tooLarge, scaled % scale == 0 else { return nil }
    let (sum, sumTooLarge) = product.addingReportingOverflow(scaled / scale)
    return sumTooLarge ? nil : sum
  }

  /// The amount in the largest unit that divides it, such as `10GiB`; `0` and odd amounts in the base unit.
  package func format(_ amount: Int64) -> String {
    let unit = units.last { amount != 0 && amount % $0.factor == 0 } ?? units[0]
    return "\(amount / unit.factor)\(unit.symbol)"
  }
}
