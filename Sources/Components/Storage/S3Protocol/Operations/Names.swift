/// The rules for bucket names (Amazon S3 user guide, "Bucket naming rules", general purpose buckets).
package enum BucketName {
  /// Why `name` is no bucket name, in a sentence; nil when it is one.
  package static func problem(_ name: String) -> String? {
    let bytes = Array(name.utf8)
    guard (3...63).contains(bytes.count) else { return "A bucket name has 3 to 63 characters." }
    guard bytes.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") }) else {
      return "A bucket name has only lower-case letters, digits, dots and hyphens."
    }
    guard let first = bytes.first, let last = bytes.last, isLetterOrDigit(first), isLetterOrDigit(last) else {
      return "A bucket name begins and ends with a letter or a digit."
    }
    if name.contains("..") { return "A bucket name has no two dots next to each other." }
    if isAddress(name) { return "A bucket name must not look like an IP address." }
    if name.hasPrefix("xn--") || name.hasSuffix("-s3alias") || name.hasSuffix("--ol-s3") {
      return "A bucket name must not begin with 'xn--' or end with '-s3alias' or '--ol-s3'."
    }
    return nil
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isAddress(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

/// The rules for object keys: 1 to 1024 bytes of UTF-8. A NUL is refused, because no client can say it in XML.
package enum ObjectKey {
  package static let maximumByteCount = 1024

  package static func validate(_ key: String) throws(S3Error) {
    if key.utf8.count > maximumByteCount {
      throw S3Error(.keyTooLong, "An object key has at most \(maximumByteCount) bytes of UTF-8.")
    }
    if key.utf8.contains(0) { throw S3Error(.invalidArgument, "An object key must not contain a NUL character.") }
  }
}
