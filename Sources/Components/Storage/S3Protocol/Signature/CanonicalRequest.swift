internal import OpenSSL

/// The canonical form of a request that both sides sign (AWS Signature Version 4, "Create a canonical request").
/// S3 differs from the other services in one point: the path is encoded once, and not normalised.
package struct CanonicalRequest: Sendable {
  package let text: String

  /// - Parameters:
  ///   - signedHeaders: lower-case names in the order the client listed them; a missing one counts as empty.
  ///   - payloadHash: the value of `x-amz-content-sha256`.
  ///   - excluding: a query item that is not signed: the signature itself, in presigned addresses.
  package init(_ head: RequestHead, signedHeaders: [String], payloadHash: String, excluding: String? = nil)
    throws(S3Error)
  {
    let path = try head.decodedPath()
    let headerLines = signedHeaders.map { "\($0):\(Self.collapse(head[header: $0] ?? ""))\n" }
    text = [
      head.method,
      PercentEncoding.encode(path.isEmpty ? "/" : path, keepingSlash: true),
      Self.canonicalQuery(head.query, excluding: excluding),
      headerLines.joined(),
      signedHeaders.joined(separator: ";"),
      payloadHash,
    ].joined(separator: "\n")
  }

  package var hash: String { Hex.encode(Digest.of(text.utf8, .sha256)) }

  private static func canonicalQuery(_ items: [RequestHead.QueryItem], excluding: String?) -> String {
    items.filter { $0.name != excluding }
      .map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
      .sorted { $0.0 == $1.0 ? byteOrder($0.1, $1.1) : byteOrder($0.0, $1.0) }
      .map { "\($0)=\($1)" }
      .joined(separator: "&")
  }

  private static func byteOrder(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  /// Trims, and turns each run of blanks into one.
  private static func collapse(_ value: String) -> String {
    value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
  }
}
