internal import RhizomeModel

/// The bytes of a manifest, checked to be text.
struct SourceText {
  let path: String
  /// UTF-8 without a byte order mark.
  let bytes: ArraySlice<UInt8>

  /// Checks that the bytes are UTF-8 without NUL; a leading byte order mark is dropped.
  /// - Throws: what is wrong, and where.
  init(_ file: ManifestFile) throws(SourceTextError) {
    path = file.path
    let bytes = file.bytes
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { throw .utf16 }
    let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    if let offset = body.firstIndex(of: 0) { throw .nul(Mark(of: offset, in: body)) }
    guard String(validating: body, as: UTF8.self) != nil else {
      throw .invalidUTF8(Mark(of: SourceText.firstInvalid(in: body), in: body))
    }
    self.bytes = body
  }

  /// Where decoding stops, by decoding one scalar after the other.
  private static func firstInvalid(in bytes: ArraySlice<UInt8>) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var offset = bytes.startIndex
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { offset += UTF8.width(scalar) }
    return min(offset, bytes.endIndex)
  }

}

extension Mark {
  /// The line and column of a byte, counting the scalars before it.
  init<Bytes: BidirectionalCollection<UInt8>>(of offset: Int, in bytes: Bytes) where Bytes.Index == Int {
    let newline = UInt8(ascii: "\n")
    let before = bytes[bytes.startIndex..<offset]
    let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? before.startIndex
    line = Int32(clamping: before.count { $0 == newline } + 1)
    column = Int32(clamping: before[lineStart...].count { $0 & 0xC0 != 0x80 } + 1)
  }
}

extension UTF8 {
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int { UTF8.encode(scalar)?.count ?? 0 }
}

/// Why bytes are not text.
enum SourceTextError: Error {
  case utf16
  case nul(Mark)
  case invalidUTF8(Mark)

  var mark: Mark {
    switch self {
    case .utf16: .start
    case .nul(let mark), .invalidUTF8(let mark): mark
    }
  }

  var message: String {
    switch self {
    case .utf16: "the file is UTF-16, but manifests are UTF-8"
    case .nul: "there is a NUL byte: this is not a text file"
    case .invalidUTF8: "this byte is not part of valid UTF-8"
    }
  }
}

/// Finds the lines of a file that diagnostics point at, without keeping the lines of files that are in order.
struct SourceLines {
  private let starts: [Int]
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    self.starts = starts
  }

  /// The line with this number, counting from 1, without its end; at most 2000 bytes of it.
  subscript(_ line: Int) -> String? {
    guard line >= 1, line <= starts.count else { return nil }
    let end = line < starts.count ? starts[line] - 1 : bytes.count
    let content = bytes[starts[line - 1]..<max(starts[line - 1], end)].prefix(2_000)
    let text = String(decoding: content, as: UTF8.self)
    return text.hasSuffix("\r") ? String(text.dropLast()) : text
  }
}
