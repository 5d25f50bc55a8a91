/// The conditional headers of a request (RFC 9110 section 13), judged in the order that section 13.2.2 lays down.
package struct Preconditions: Hashable, Sendable {
  package enum Verdict: Hashable, Sendable {
    case proceed, notModified, failed
  }

  private let ifMatch: String?
  private let ifNoneMatch: String?
  private let ifModifiedSince: Timestamp?
  private let ifUnmodifiedSince: Timestamp?

  package init(_ head: RequestHead) {
    ifMatch = head[header: "if-match"]
    ifNoneMatch = head[header: "if-none-match"]
    ifModifiedSince = head[header: "if-modified-since"].flatMap { Timestamp(httpDate: $0) }
    ifUnmodifiedSince = head[header: "if-unmodified-since"].flatMap { Timestamp(httpDate: $0) }
  }

  /// For reading an object that exists.
  package func judgeRead(etag: String, modified: Timestamp) -> Verdict {
    if let ifMatch {
      if !Self.lists(ifMatch, etag) { return .failed }
    } else if let ifUnmodifiedSince, modified.seconds > ifUnmodifiedSince.seconds {
      return .failed
    }
    if let ifNoneMatch {
      if Self.lists(ifNoneMatch, etag) { return .notModified }
    } else if let ifModifiedSince, modified.seconds <= ifModifiedSince.seconds {
      return .notModified
    }
    return .proceed
  }

  /// For writing over what is there now.
  /// - Parameter etag: of the present object; nil when there is none.
  package func allowsWrite(over etag: String?) -> Bool {
    if let ifMatch, !(etag.map { Self.lists(ifMatch, $0) } ?? false) { return false }
    if let ifNoneMatch, let etag, Self.lists(ifNoneMatch, etag) { return false }
    return true
  }

  private static func lists(_ header: String, _ etag: String) -> Bool {
    header.split(separator: ",").contains { entry in
      let entry = entry.drop { $0 == " " }.trimmingSuffix(" ")
      return entry == "*" || entry.trimmingQuotes == etag
    }
  }
}

extension Substring {
  fileprivate func trimmingSuffix(_ character: Character) -> Substring {
    var text = self
    while text.last == character { text.removeLast() }
    return text
  }

  fileprivate var trimmingQuotes: Substring {
    let text = hasPrefix("W/") ? dropFirst(2) : self
    return text.count >= 2 && text.first == "\"" && text.last == "\"" ? text.dropFirst().dropLast() : text
  }
}
