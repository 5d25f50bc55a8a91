/// A device's whole answer to one request.
package struct WebAnswer: Hashable, Sendable {
  package let status: Int
  package let body: [UInt8]
}

/// Reads one HTTP/1.x answer from bytes as they come (RFC 9112). Pure.
///
/// Strict in what matters for safety and bounded in everything; redirects are refused, because a router has no business
/// sending us elsewhere.
package struct WebAnswerReader: Sendable {
  /// How much a device may say. The longest honest description we know of has 32 KiB, an answer to a question 4 KiB.
  package struct Limits: Sendable {
    package var headerBytes = 16 * 1024
    package var bodyBytes = 256 * 1024

    package init() {}
  }

  private enum Framing {
    case untilClose
    case length(Int)
    case chunked
  }

  private enum State {
    case header
    case body(status: Int, Framing)
    case complete(WebAnswer)
  }

  private let limits: Limits
  private var state = State.header
  private var buffer: [UInt8] = []
  private var chunks = ChunkReader()

  package init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// The answer, once it is whole.
  package var answer: WebAnswer? { if case .complete(let answer) = state { answer } else { nil } }

  /// Takes the next bytes. Whatever follows a whole answer is ignored.
  ///
  /// - Throws: `UPnPError` with code `badAnswer` for what is not HTTP, too large, or a redirect.
  package mutating func take(_ bytes: some Collection<UInt8>) throws(UPnPError) {
    if case .complete = state { return }
    buffer += bytes
    while case .header = state {
      guard let end = Self.endOfHeader(buffer) else {
        guard buffer.count <= limits.headerBytes else { throw Self.tooLarge("header", limits.headerBytes) }
        return
      }
      let header = Array(buffer[..<end])
      buffer.removeSubrange(..<end)
      try read(header)
    }
    try advance()
  }

  /// The other side has closed.
  ///
  /// - Throws: `UPnPError` with code `badAnswer` when something is missing.
  package mutating func end() throws(UPnPError) -> WebAnswer {
    switch state {
    case .complete(let answer): return answer
    case .body(let status, .untilClose): return WebAnswer(status: status, body: buffer)
    case .body, .header: throw UPnPError(.badAnswer, "the router's answer ends too early")
    }
  }

  private mutating func read(_ header: [UInt8]) throws(UPnPError) {
    guard header.count <= limits.headerBytes else { throw Self.tooLarge("header", limits.headerBytes) }
    let lines = header.split { $0 == 10 || $0 == 13 }
    guard let first = lines.first, let status = Self.status(first) else {
      throw UPnPError(.badAnswer, "the router's answer is not HTTP")
    }
    if (100..<200).contains(status) { return }
    guard !(300..<400).contains(status) else {
      throw UPnPError(.badAnswer, "the router answers with a redirect (\(status)), which is not followed")
    }
    state = .body(status: status, try framing(lines.dropFirst()))
  }

  private func framing(_ lines: some Sequence<ArraySlice<UInt8>>) throws(UPnPError) -> Framing {
    var framing = Framing.untilClose
    for line in lines {
      let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      let value = String(decoding: parts[1], as: UTF8.self).lowercased().filter { $0 != " " && $0 != "\t" }
      switch String(decoding: parts[0], as: UTF8.self).lowercased() {
      case "transfer-encoding": framing = value.hasSuffix("chunked") ? .chunked : .untilClose
      case "content-length":
        if case .chunked = framing { continue }
        framing = .length(try contentLength(value))
      default: continue
      }
    }
    return framing
  }

  private func contentLength(_ text: String) throws(UPnPError) -> Int {
    guard text.utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(text) else {
      throw UPnPError(.badAnswer, "the router's answer has an impossible length")
    }
    guard length <= limits.bodyBytes else { throw Self.tooLarge("body", limits.bodyBytes) }
    return length
  }

  private mutating func advance() throws(UPnPError) {
    guard case .body(let status, let framing) = state else { return }
    switch framing {
    case .untilClose:
      guard buffer.count <= limits.bodyBytes else { throw Self.tooLarge("body", limits.bodyBytes) }
    case .length(let length):
      if buffer.count >= length { state = .complete(WebAnswer(status: status, body: Array(buffer.prefix(length)))) }
    case .chunked:
      try chunks.take(&buffer)
      guard chunks.body.count <= limits.bodyBytes else { throw Self.tooLarge("body", limits.bodyBytes) }
      if chunks.isComplete { state = .complete(WebAnswer(status: status, body: chunks.body)) }
    }
  }

  private static func tooLarge(_ part: String, _ limit: Int) -> UPnPError {
    UPnPError(.badAnswer, "the router's answer is too large: its \(part) has more than \(limit) bytes")
  }

  /// After the empty line; lines end with CR LF, or with LF alone on some routers.
  private static func endOfHeader(_ bytes: [UInt8]) -> Int? {
    var previousEnd = -1
    for (index, byte) in bytes.enumerated() where byte == 10 {
      let line = bytes[(previousEnd + 1)..<index]
      if previousEnd >= 0, line.isEmpty || line.elementsEqual([13]) { return index + 1 }
      previousEnd = index
    }
    return nil
  }

  private static func status(_ line: ArraySlice<UInt8>) -> Int? {
    let words = line.split(separator: 32, maxSplits: 2)
    guard words.count >= 2, words[0].starts(with: "HTTP/1.".utf8), words[1].count == 3 else { return nil }
    return Int(String(decoding: words[1], as: UTF8.self)).flatMap { $0 >= 100 ? $0 : nil }
  }
}

/// Takes the chunks of a body apart (RFC 9112 section 7.1). Trailers are not wanted and not read.
private struct ChunkReader: Sendable {
  /// A size in hexadecimal, with extensions that nobody sends.
  private static let longestSizeLine = 64

  private(set) var body: [UInt8] = []
  private(set) var isComplete = false
  private var missing = 0
  private var isInData = false

  mutating func take(_ buffer: inout [UInt8]) throws(UPnPError) {
    var position = 0
    defer { buffer.removeSubrange(..<position) }
    while !isComplete {
      if isInData {
        let count = min(missing, buffer.count - position)
        body += buffer[position..<(position + count)]
        (position, missing) = (position + count, missing - count)
        if missing > 0 { return }
        isInData = false
      }
      guard let end = buffer[position...].firstIndex(of: 10) else {
        guard buffer.count - position <= Self.longestSizeLine else { throw Self.nonsense }
        return
      }
      try begin(buffer[position..<end])
      position = end + 1
    }
  }

  /// A line with a size, or the empty one that ends the chunk before.
  private mutating func begin(_ line: ArraySlice<UInt8>) throws(UPnPError) {
    guard line.count <= Self.longestSizeLine else { throw Self.nonsense }
    let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != 13 && $0 != 32 }
    if digits.isEmpty, line.allSatisfy({ $0 == 13 }), !body.isEmpty { return }
    guard !digits.isEmpty, digits.count <= 7, let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
      size >= 0
    else { throw Self.nonsense }
    (missing, isInData, isComplete) = (size, size > 0, size == 0)
  }

  private static var nonsense: UPnPError { UPnPError(.badAnswer, "the router's answer is not cut into valid chunks") }
}
