/// Finds bucket and key in a request: path style (`/bucket/key`) or virtual-host style (`bucket.s3.example.org/key`).
package struct BucketAddressing: Sendable {
  package struct Target: Hashable, Sendable {
    /// Nil when the request is for the service itself.
    package let bucket: String?
    /// Nil when the request is for the bucket itself.
    package let key: String?
  }

  private let suffixes: [String]

  /// - Parameter virtualHostSuffixes: domains below which the first labels name the bucket: `s3.example.org`.
  package init(virtualHostSuffixes: [String]) {
    suffixes = virtualHostSuffixes.map { ".\($0.lowercased().drop { $0 == "." })" }
  }

  /// - Throws: `InvalidURI`, `KeyTooLongError`, `InvalidArgument`.
  package func resolve(_ head: RequestHead) throws(S3Error) -> Target {
    if let bucket = hostBucket(head[header: "host"] ?? "") {
      return Target(bucket: bucket, key: try Self.key(head.rawPath.dropFirst()))
    }
    let parts = head.rawPath.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty else { return Target(bucket: nil, key: nil) }
    guard let bucket = PercentEncoding.decodeText(first) else {
      throw S3Error(.invalidURI, "The bucket name in the path is not percent-encoded UTF-8.")
    }
    return Target(bucket: bucket, key: try Self.key(parts.count > 1 ? parts[1] : ""))
  }

  private func hostBucket(_ host: String) -> String? {
    let name = HostHeader.name(host)
    guard let suffix = suffixes.first(where: { name.hasSuffix($0) }), name.utf8.count > suffix.utf8.count else {
      return nil
    }
    return String(name.dropLast(suffix.count))
  }

  private static func key(_ raw: Substring) throws(S3Error) -> String? {
    guard !raw.isEmpty else { return nil }
    guard let key = PercentEncoding.decodeText(raw) else {
      throw S3Error(.invalidURI, "The object key in the path is not percent-encoded UTF-8.")
    }
    try ObjectKey.validate(key)
    return key
  }
}

/// The `Host` header without its port, in lower case.
package enum HostHeader {
  package static func name(_ header: String) -> String {
    let host = header.lowercased()
    if host.hasPrefix("[") { return String(host.prefix { $0 != "]" }) + "]" }
    return String(host.prefix { $0 != ":" })
  }
}
