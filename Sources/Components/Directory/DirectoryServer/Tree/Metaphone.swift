/// The sound of an English word, after Lawrence Philips' Metaphone (Computer Language, December 1990).
enum Metaphone {
  /// Longest key; more of a word does not tell it apart by ear.
  private static let keyByteCountMax = 4

  /// The key of the letters that a word begins with; a word that begins otherwise sounds like nothing.
  static func key(_ word: [UInt8]) -> [UInt8] {
    let letters = word.prefix { upper($0) != nil }.compactMap(upper)
    var scanner = Scanner(letters: initialSound(letters))
    while scanner.key.count < keyByteCountMax, scanner.advance() {}
    return scanner.key
  }

  private static func upper(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte & 0xDF
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte
    default: nil
    }
  }

  /// Silent first letters fall away.
  private static func initialSound(_ letters: [UInt8]) -> [UInt8] {
    let start = String(decoding: letters.prefix(2), as: UTF8.self)
    switch start {
    case "PN", "AE", "KN", "GN", "WR": return Array(letters.dropFirst())
    case "WH": return [UInt8(ascii: "W")] + letters.dropFirst(2)
    case _ where start.first == "X": return [UInt8(ascii: "S")] + letters.dropFirst()
    default: return letters
    }
  }
}

extension Metaphone {
  fileprivate struct Scanner {
    let letters: [UInt8]
    var index = 0
    var key: [UInt8] = []

    init(letters: [UInt8]) { self.letters = letters }

    private func letter(_ offset: Int) -> Character? {
      let position = index + offset
      guard letters.indices.contains(position) else { return nil }
      return Character(Unicode.Scalar(letters[position]))
    }

    private func isVowel(_ character: Character?) -> Bool { character.map("AEIOU".contains) ?? false }

    private func isFrontVowel(_ character: Character?) -> Bool { character.map("EIY".contains) ?? false }

    /// Takes one letter; false at the end.
    mutating func advance() -> Bool {
      guard let current = letter(0) else { return false }
      let isDouble = letter(-1) == current && current != "C"
      if !isDouble { sound(of: current).map { key.append(contentsOf: $0.utf8) } }
      index += 1
      return true
    }

    private func sound(of letter: Character) -> String? {
      switch letter {
      case "A", "E", "I", "O", "U": index == 0 ? String(letter) : nil
      case "F", "J", "L", "M", "N", "R": String(letter)
      case "B": self.letter(-1) == "M" && self.letter(1) == nil ? nil : "B"
      case "C": soundOfC
      case "D": self.letter(1) == "G" && isFrontVowel(self.letter(2)) ? "J" : "T"
      case "G": soundOfG
      case "H": soundOfH
      case "K": self.letter(-1) == "C" ? nil : "K"
      case "P": self.letter(1) == "H" ? "F" : "P"
      case "Q": "K"
      case "S": soundOfS
      case "T": soundOfT
      case "V": "F"
      case "W", "Y": isVowel(self.letter(1)) ? String(letter) : nil
      case "X": "KS"
      case "Z": "S"
      default: nil
      }
    }

    private var soundOfC: String? {
      if letter(-1) == "S", isFrontVowel(letter(1)) { return nil }
      if letter(1) == "I", letter(2) == "A" { return "X" }
      if isFrontVowel(letter(1)) { return "S" }
      if letter(1) == "H" { return letter(-1) == "S" || (index == 0 && !isVowel(letter(2))) ? "K" : "X" }
      return "K"
    }

    private var soundOfG: String? {
      if letter(1) == "H", letter(2) != nil, !isVowel(letter(2)) { return nil }
      if letter(1) == "N", letter(2) == nil || (letter(2) == "E" && letter(3) == "D") { return nil }
      if letter(-1) == "D", isFrontVowel(letter(1)) { return nil }
      return isFrontVowel(letter(1)) && letter(-1) != "G" ? "J" : "K"
    }

    private var soundOfH: String? {
      let afterSilencer = letter(-1).map("CSPTG".contains) ?? false
      return isVowel(letter(1)) && !afterSilencer ? "H" : nil
    }

    private var soundOfS: String? {
      if letter(1) == "H" { return "X" }
      return letter(1) == "I" && (letter(2) == "O" || letter(2) == "A") ? "X" : "S"
    }

    private var soundOfT: String? {
      if letter(1) == "I", letter(2) == "A" || letter(2) == "O" { return "X" }
      if letter(1) == "H" { return "0" }
      return letter(1) == "C" && letter(2) == "H" ? nil : "T"
    }
  }
}
