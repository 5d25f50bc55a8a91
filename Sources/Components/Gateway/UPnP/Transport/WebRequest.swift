/// A request as libminiupnpc wrote it, to be sent on to the router.
struct WebRequest: Sendable {
  /// The longest question libminiupnpc can ask has less than 3 KiB.
  static let longest = 16 * 1024

  private let lines: [Substring]
  private let body: ArraySlice<UInt8>

  /// Nil while the bytes are not a whole request.
  init?(_ bytes: [UInt8]) {
    guard let end = Self.endOfHeader(bytes) else { return nil }
    let header = String(decoding: bytes[..<(end - 4)], as: UTF8.self)
    let lines = header.split(separator: "\r\n", omittingEmptySubsequences: false)
    let length = lines.compactMap(Self.contentLength).first ?? 0
    guard bytes.count >= end + length else { return nil }
    self.lines = lines
    body = bytes[end..<(end + length)]
  }

  /// The path it asks for.
  var path: String {
    let words = (lines.first ?? "").split(separator: " ")
    return words.count == 3 ? String(words[1]) : ""
  }

  /// The same request for another host and path.
  func readdressed(to address: WebAddress) -> [UInt8] {
    let method = lines.first?.prefix { $0 != " " } ?? "POST"
    let kept = lines.dropFirst().filter { !$0.lowercased().hasPrefix("host:") }
    let header = ["\(method) \(address.path) HTTP/1.1", "Host: \(address.endpoint)"] + kept.map(String.init)
    return Array((header.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
  }

  private static func contentLength(_ line: Substring) -> Int? {
    guard line.lowercased().hasPrefix("content-length:") else { return nil }
    return Int(line.dropFirst("content-length:".count).filter { $0 != " " }).flatMap {
      (0...longest).contains($0) ? $0 : nil
    }
  }

  private static func endOfHeader(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    return (4...bytes.count).first { bytes[($0 - 4)..<$0].elementsEqual([13, 10, 13, 10]) }
  }
}
