/// Words of an approximate match, by their sound; a value matches when it holds them in the same order.
struct PhoneticPhrase: Sendable {
  private let sounds: [[UInt8]]

  init(_ text: [UInt8]) { sounds = Self.words(text) }

  func matches(_ value: [UInt8]) -> Bool {
    var rest = Self.words(value)[...]
    for sound in sounds {
      guard let index = rest.firstIndex(of: sound) else { return false }
      rest = rest[(index + 1)...]
    }
    return !sounds.isEmpty
  }

  private static func words(_ text: [UInt8]) -> [[UInt8]] {
    StringPreparation.withoutAccents(text).split(separator: 0x20).map { Metaphone.key(Array($0)) }
  }
}
