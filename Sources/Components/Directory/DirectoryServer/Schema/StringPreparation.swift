internal import Foundation

/// Brings strings into the form in which equal means equal (RFC 4518), by families of rules.
enum StringPreparation {
  /// Where a piece of a substring assertion stands; spaces at its inner ends stay significant.
  enum Place: Hashable, Sendable {
    case whole
    case initial
    case any
    case final
  }

  /// Folds case when asked, makes compatible characters equal, squeezes runs of spaces into one.
  static func prepare(_ bytes: [UInt8], foldCase: Bool, place: Place) -> [UInt8]? {
    if bytes.allSatisfy({ $0 < 0x80 }) {
      return squeeze(foldCase ? bytes.map(lowerASCII) : bytes, place)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    let folded = foldCase ? text.precomposedStringWithCompatibilityMapping.lowercased() : text
    return squeeze(Array(folded.precomposedStringWithCompatibilityMapping.utf8), place)
  }

  /// Removes every byte of `ignored`.
  static func without(_ ignored: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
    bytes.filter { !ignored.contains($0) }
  }

  static func lowerASCII(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func squeeze(_ bytes: [UInt8], _ place: Place) -> [UInt8] {
    let keepsLeading = place == .any || place == .final
    let keepsTrailing = place == .any || place == .initial
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var afterSpace = !keepsLeading
    for byte in bytes {
      let isSpace = isSpace(byte)
      if !(isSpace && afterSpace) { result.append(byte) }
      afterSpace = isSpace
    }
    // A value of nothing but spaces counts as one space.
    if result.isEmpty { return bytes.isEmpty ? [] : [0x20] }
    if afterSpace, !keepsTrailing { result.removeLast() }
    return result
  }

  /// The letters without their accents, and nothing else beyond ASCII.
  static func withoutAccents(_ bytes: [UInt8]) -> [UInt8] {
    if bytes.allSatisfy({ $0 < 0x80 }) { return bytes }
    return String(decoding: bytes, as: UTF8.self).decomposedStringWithCompatibilityMapping.utf8.filter { $0 < 0x80 }
  }
}
