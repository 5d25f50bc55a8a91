/// The parameters of ListObjects (version 1) and ListObjectsV2.
package struct ListingRequest: Hashable, Sendable {
  /// Where a listing goes on.
  package enum Start: Hashable, Sendable {
    case beginning
    /// After this key.
    case afterKey(String)
    /// After every key that begins so: a common prefix was the last thing listed.
    case afterPrefix(String)
  }

  package static let maximumKeyCount = 1000

  package var isVersion2 = true
  package var prefix = ""
  /// Empty when the listing is flat.
  package var delimiter = ""
  package var maximumKeys = Self.maximumKeyCount
  package var start = Start.beginning
  /// Whether keys are percent-encoded in the answer.
  package var encodesKeys = false
  /// As sent, to be repeated in the answer.
  package var marker: String?
  package var continuationToken: String?
  package var startAfter: String?

  package init() {}

  /// - Throws: `InvalidArgument`.
  package init(_ head: RequestHead) throws(S3Error) {
    isVersion2 = head.queryValue("list-type") == "2"
    prefix = head.queryValue("prefix") ?? ""
    delimiter = head.queryValue("delimiter") ?? ""
    if let text = head.queryValue("max-keys") {
      guard let count = Int(text), count >= 0 else {
        throw S3Error(.invalidArgument, "max-keys must be an integer between 0 and 2147483647.")
      }
      maximumKeys = min(count, Self.maximumKeyCount)
    }
    switch head.queryValue("encoding-type") {
    case nil, "": break
    case "url": encodesKeys = true
    default: throw S3Error(.invalidArgument, "encoding-type must be 'url'.")
    }
    try readStart(head)
  }

  private mutating func readStart(_ head: RequestHead) throws(S3Error) {
    if isVersion2 {
      startAfter = head.queryValue("start-after")
      continuationToken = head.queryValue("continuation-token")
      if let startAfter, !startAfter.isEmpty { start = .afterKey(startAfter) }
      if let continuationToken { start = try Self.decodeToken(continuationToken) }
    } else {
      marker = head.queryValue("marker")
      guard let marker, !marker.isEmpty else { return }
      // A marker that we handed out for a common prefix ends with the delimiter: what lies below it was listed.
      let isPrefix = !delimiter.isEmpty && marker.hasSuffix(delimiter)
      start = isPrefix ? .afterPrefix(marker) : .afterKey(marker)
    }
  }

  /// Continuation tokens are opaque to clients; ours say where the page ended.
  package static func token(after last: Start) -> String? {
    switch last {
    case .beginning: nil
    case .afterKey(let key): Base64.encode(Array("k\(key)".utf8))
    case .afterPrefix(let prefix): Base64.encode(Array("p\(prefix)".utf8))
    }
  }

  private static func decodeToken(_ token: String) throws(S3Error) -> Start {
    let text = Base64.decode(token).flatMap { String(validating: $0, as: UTF8.self) } ?? ""
    switch text.first {
    case "k": return .afterKey(String(text.dropFirst()))
    case "p": return .afterPrefix(String(text.dropFirst()))
    default: throw S3Error(.invalidArgument, "The continuation token provided is incorrect.")
    }
  }
}
