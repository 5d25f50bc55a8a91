/// The head of an HTTP request as S3 needs it: raw target, so that signatures can be checked, and headers by
/// lower-case name.
package struct RequestHead: Hashable, Sendable {
  /// One decoded `name=value` pair of the query; `value` is empty for a bare name.
  package struct QueryItem: Hashable, Sendable {
    package let name: String
    package let value: String
  }

  package let method: String
  /// The path as sent, percent-encoded, without the query.
  package let rawPath: String
  package let query: [QueryItem]
  /// Values of repeated headers are joined with a comma, in order of arrival (RFC 9110 section 5.3).
  package private(set) var headers: [String: String] = [:]

  /// - Parameters:
  ///   - target: path and query as they came on the request line.
  ///   - headers: in order of arrival; names of any case.
  /// - Throws: `InvalidURI` when the target is not percent-encoded UTF-8.
  package init(method: String, target: String, headers: [(name: String, value: String)]) throws(S3Error) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    rawPath = parts.first.map(String.init) ?? "/"
    query = try Self.parseQuery(parts.count > 1 ? parts[1] : "")
    for (name, value) in headers {
      let name = name.lowercased()
      self.headers[name] = self.headers[name].map { "\($0),\(value)" } ?? value
    }
  }

  package subscript(header name: String) -> String? { headers[name] }

  /// The value of the first query item of that name.
  package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

  package func hasQuery(_ name: String) -> Bool { query.contains { $0.name == name } }

  /// The decoded path.
  /// - Throws: `InvalidURI` when it is not percent-encoded UTF-8.
  package func decodedPath() throws(S3Error) -> String {
    guard let path = PercentEncoding.decodeText(rawPath) else {
      throw S3Error(.invalidURI, "The path is not percent-encoded UTF-8.")
    }
    return path
  }

  private static func parseQuery(_ text: Substring) throws(S3Error) -> [QueryItem] {
    var items: [QueryItem] = []
    for pair in text.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = PercentEncoding.decodeText(parts[0], plusIsSpace: true),
        let value = PercentEncoding.decodeText(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
      else { throw S3Error(.invalidURI, "The query is not percent-encoded UTF-8.") }
      items.append(QueryItem(name: name, value: value))
    }
    return items
  }
}
