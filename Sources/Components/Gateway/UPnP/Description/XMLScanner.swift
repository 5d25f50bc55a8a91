/// Walks through the elements of a small XML document. Pure, without recursion, bounded in depth and number.
///
/// Only what device descriptions need: no entities but the five of XML and numbers, so nothing can grow; attributes,
/// comments, declarations and processing instructions are passed over. Libminiupnpc's own reader of descriptions keeps
/// two services and no names, which is why there is this one.
struct XMLScanner {
  struct Limits: Sendable {
    var depth = 32
    var elements = 4096
    /// Bytes of one element's text; what is longer is cut.
    var text = 2048
  }

  /// One step through the document. Names are without their namespace prefix.
  enum Event: Hashable, Sendable {
    case start(String)
    /// With the text directly inside, trimmed.
    case end(String, text: String)
  }

  private let bytes: [UInt8]
  private let limits: Limits
  private var position = 0
  private var elements = 0
  private var open: [(name: String, text: [UInt8])] = []
  private var pending: Event?

  init(_ bytes: [UInt8], limits: Limits = Limits()) {
    (self.bytes, self.limits) = (bytes, limits)
  }

  /// The next step; nil at the end of a document all of whose elements are closed.
  ///
  /// - Throws: `UPnPError` with code `badAnswer` when the document is broken, cut off, or larger than the limits.
  mutating func next() throws(UPnPError) -> Event? {
    if let event = pending {
      pending = nil
      return event
    }
    while position < bytes.count {
      guard bytes[position] == UInt8(ascii: "<") else {
        takeText()
        continue
      }
      if let event = try takeMarkup() { return event }
    }
    guard open.isEmpty, elements > 0 else { throw Self.broken("it ends too early") }
    return nil
  }

  static func broken(_ how: String) -> UPnPError {
    UPnPError(.badAnswer, "the description of the device is not usable: \(how)")
  }

  private mutating func takeText() {
    let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
    keep(XMLText.decoded(bytes[position..<end]))
    position = end
  }

  private mutating func keep(_ text: some Collection<UInt8>) {
    guard !open.isEmpty else { return }
    let room = limits.text - open[open.count - 1].text.count
    if room > 0 { open[open.count - 1].text += text.prefix(room) }
  }

  private mutating func takeMarkup() throws(UPnPError) -> Event? {
    let rest = bytes[position...]
    if rest.starts(with: "<!--".utf8) { return try skip(past: "-->") }
    if rest.starts(with: "<![CDATA[".utf8) { return try takeCharacterData() }
    if rest.starts(with: "<?".utf8) { return try skip(past: "?>") }
    if rest.starts(with: "<!".utf8) { return try skip(past: ">") }
    return try takeTag()
  }

  private mutating func skip(past end: String) throws(UPnPError) -> Event? {
    _ = try range(before: end)
    return nil
  }

  private mutating func takeCharacterData() throws(UPnPError) -> Event? {
    let inside = try range(before: "]]>").dropFirst("<![CDATA[".utf8.count)
    keep(bytes[inside])
    return nil
  }

  /// From here to before `end`; afterwards the position is behind it.
  private mutating func range(before end: String) throws(UPnPError) -> Range<Int> {
    let mark = Array(end.utf8)
    var index = position
    while index + mark.count <= bytes.count {
      if bytes[index] == mark[0], bytes[index..<(index + mark.count)].elementsEqual(mark) {
        defer { position = index + mark.count }
        return position..<index
      }
      index += 1
    }
    throw Self.broken("it ends too early")
  }

  private mutating func takeTag() throws(UPnPError) -> Event? {
    let inside = bytes[try range(before: ">").dropFirst()]
    if inside.first == UInt8(ascii: "/") { return try close(Self.name(inside.dropFirst())) }
    let name = Self.name(inside)
    guard !name.isEmpty else { throw Self.broken("an element has no name") }
    elements += 1
    guard elements <= limits.elements else { throw Self.broken("it has more than \(limits.elements) elements") }
    guard open.count < limits.depth else { throw Self.broken("it is nested deeper than \(limits.depth) elements") }
    if inside.last == UInt8(ascii: "/") {
      pending = .end(name, text: "")
    } else {
      open.append((name, []))
    }
    return .start(name)
  }

  private mutating func close(_ name: String) throws(UPnPError) -> Event {
    guard let last = open.popLast(), last.name == name else {
      throw Self.broken("its elements are not nested properly")
    }
    let text = String(decoding: last.text, as: UTF8.self)
    return .end(name, text: XMLText.trimmed(text))
  }

  /// Up to white space or a slash, without a namespace prefix; cut at 64 bytes.
  private static func name(_ tag: ArraySlice<UInt8>) -> String {
    let whole = tag.prefix { $0 > 0x20 && $0 != UInt8(ascii: "/") }
    let local = whole.lastIndex(of: UInt8(ascii: ":")).map { whole[($0 + 1)...] } ?? whole
    return String(decoding: local.prefix(64), as: UTF8.self)
  }
}

/// Text between tags.
enum XMLText {
  private static let names: [String: String] = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]

  /// With the five named and the numbered references of XML replaced; anything else stays as it is.
  static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    guard text.contains(UInt8(ascii: "&")) else { return Array(text) }
    var result: [UInt8] = []
    var rest = text
    while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
      result += rest[..<start]
      rest = rest[start...]
      let inside = rest.dropFirst().prefix(10).prefix { $0 != UInt8(ascii: ";") }
      let end = inside.endIndex
      if end < rest.endIndex, rest[end] == UInt8(ascii: ";"), let character = reference(inside) {
        result += character.utf8
        rest = rest[(end + 1)...]
      } else {
        result.append(UInt8(ascii: "&"))
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  static func trimmed(_ text: String) -> String {
    let isSpace = { (character: Character) in character.isWhitespace }
    let tail = text.drop(while: isSpace)
    return String(tail.prefix(upTo: tail.lastIndex { !isSpace($0) }.map { tail.index(after: $0) } ?? tail.startIndex))
  }

  private static func reference(_ bytes: ArraySlice<UInt8>) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix("#") else { return names[text] }
    let digits = text.dropFirst()
    let value = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    return value.flatMap(Unicode.Scalar.init).map { String(Character($0)) }
  }
}
