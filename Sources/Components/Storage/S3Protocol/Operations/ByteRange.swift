/// One range of an object's bytes (RFC 9110 section 14).
package struct ByteRange: Hashable, Sendable {
  package let offset: Int64
  package let length: Int64

  package init(offset: Int64, length: Int64) { (self.offset, self.length) = (offset, length) }

  /// - Parameters:
  ///   - header: the `Range` header.
  ///   - size: of the object, in bytes.
  /// - Returns: nil when the whole object is to be sent: no range, several, another unit or one we cannot read.
  /// - Throws: `InvalidRange` when the range lies behind the object's end.
  package static func parse(_ header: String?, size: Int64) throws(S3Error) -> ByteRange? {
    guard let header, header.hasPrefix("bytes=") else { return nil }
    let bounds = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard bounds.count == 2 else { return nil }
    if bounds[0].isEmpty {
      guard let suffix = number(bounds[1]) else { return nil }
      guard suffix > 0, size > 0 else { throw unsatisfiable(size) }
      return ByteRange(offset: max(0, size - suffix), length: min(suffix, size))
    }
    guard let first = number(bounds[0]) else { return nil }
    guard let last = bounds[1].isEmpty ? Int64.max : number(bounds[1]), last >= first else { return nil }
    guard first < size else { throw unsatisfiable(size) }
    return ByteRange(offset: first, length: min(last, size - 1) - first + 1)
  }

  /// The value of `Content-Range` for this part of an object of `size` bytes.
  package func contentRange(size: Int64) -> String { "bytes \(offset)-\(offset + length - 1)/\(size)" }

  private static func number(_ digits: Substring) -> Int64? {
    digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int64(digits) : nil
  }

  private static func unsatisfiable(_ size: Int64) -> S3Error {
    S3Error(.invalidRange, "The requested range is not satisfiable: the object has \(size) bytes.")
  }
}
