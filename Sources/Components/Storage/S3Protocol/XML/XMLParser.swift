/// Recursive descent over the few constructs that S3 request bodies use.
struct XMLParser {
  static let maximumDepth = 8
  /// The longest list of parts has 10,000 with a number, a tag and a few checksums each.
  static let maximumElementCount = 100_000

  private let bytes: [UInt8]
  private var position = 0
  private var elementCount = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(S3Error) -> XMLElement {
    if starts(with: "\u{FEFF}") { position += 3 }
    try skipMisc()
    let root = try element(depth: 1)
    try skipMisc()
    guard position == bytes.count else { throw malformed("text after the document element") }
    return root
  }

  private mutating func element(depth: Int) throws(S3Error) -> XMLElement {
    guard depth <= Self.maximumDepth else { throw malformed("more than \(Self.maximumDepth) levels") }
    elementCount += 1
    guard elementCount <= Self.maximumElementCount else {
      throw malformed("more than \(Self.maximumElementCount) elements")
    }
    try expect("<")
    let qualifiedName = try name()
    var element = XMLElement(name: qualifiedName.split(separator: ":").last.map(String.init) ?? qualifiedName)
    if try skipAttributes() { return element }
    while !starts(with: "</") {
      if starts(with: "<!--") {
        try skip(past: "-->")
      } else if starts(with: "<![CDATA[") {
        position += 9
        element.text += try text(until: "]]>")
      } else if starts(with: "<") {
        element.children.append(try self.element(depth: depth + 1))
      } else {
        element.text += try characterData()
      }
    }
    try expect("</")
    guard try name() == qualifiedName else { throw malformed("an end tag that does not match its start tag") }
    skipBlanks()
    try expect(">")
    return element
  }

  /// - Returns: whether the tag closes itself.
  private mutating func skipAttributes() throws(S3Error) -> Bool {
    while true {
      skipBlanks()
      if take(">") { return false }
      if take("/>") { return true }
      _ = try name()
      skipBlanks()
      try expect("=")
      skipBlanks()
      let quote = take("\"") ? "\"" : "'"
      if quote == "'" { try expect("'") }
      try skip(past: quote)
    }
  }

  private mutating func characterData() throws(S3Error) -> String {
    var output: [UInt8] = []
    while position < bytes.count, bytes[position] != UInt8(ascii: "<") {
      if bytes[position] == UInt8(ascii: "&") {
        output += try reference()
      } else {
        output.append(bytes[position])
        position += 1
      }
    }
    guard position < bytes.count else { throw malformed("an element without its end") }
    return try validated(output[...])
  }

  private mutating func reference() throws(S3Error) -> [UInt8] {
    position += 1
    guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
      throw malformed("a bare ampersand")
    }
    let entity = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end + 1
    switch entity {
    case "amp": return Array("&".utf8)
    case "lt": return Array("<".utf8)
    case "gt": return Array(">".utf8)
    case "quot": return Array("\"".utf8)
    case "apos": return Array("'".utf8)
    default: return try characterReference(entity)
    }
  }

  private func characterReference(_ entity: String) throws(S3Error) -> [UInt8] {
    let isHexadecimal = entity.hasPrefix("#x")
    guard entity.hasPrefix("#"),
      let value = UInt32(entity.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
      let scalar = Unicode.Scalar(value)
    else { throw malformed("an unknown entity") }
    return Array(String(Character(scalar)).utf8)
  }

  private mutating func text(until end: String) throws(S3Error) -> String {
    let start = position
    try skip(past: end)
    return try validated(bytes[start..<position - end.utf8.count])
  }

  private mutating func name() throws(S3Error) -> String {
    let start = position
    while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
    guard position > start else { throw malformed("a missing name") }
    return try validated(bytes[start..<position])
  }

  /// Skips what may stand before and after the document element: the declaration, comments, blanks.
  private mutating func skipMisc() throws(S3Error) {
    while true {
      skipBlanks()
      if starts(with: "<?") {
        try skip(past: "?>")
      } else if starts(with: "<!--") {
        try skip(past: "-->")
      } else if starts(with: "<!") {
        throw malformed("a document type, which is not accepted")
      } else {
        return
      }
    }
  }
}

extension XMLParser {
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: ":"), 0x80...0xFF:
      true
    default: false
    }
  }

  private mutating func skipBlanks() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }

  private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

  private mutating func take(_ text: String) -> Bool {
    guard starts(with: text) else { return false }
    position += text.utf8.count
    return true
  }

  private mutating func expect(_ text: String) throws(S3Error) {
    guard take(text) else { throw malformed("'\(text)' missing") }
  }

  private mutating func skip(past end: String) throws(S3Error) {
    while position < bytes.count {
      if take(end) { return }
      position += 1
    }
    throw malformed("'\(end)' missing")
  }

  private func validated(_ bytes: ArraySlice<UInt8>) throws(S3Error) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed("bytes that are not UTF-8") }
    return text
  }

  private func malformed(_ what: String) -> S3Error {
    S3Error(.malformedXML, "The XML you provided was not well-formed: \(what), at byte \(position).")
  }
}
