/// Folds keys, handed over in byte order, into one page of a listing. It decides; the caller moves the cursor.
package struct ListingCollector: Sendable {
  /// What the caller does next.
  package enum Step: Equatable, Sendable {
    /// The key is an entry of the page: remember it and go on.
    case take
    /// The key fell into a common prefix: go on with the first key that is not below it.
    case skip(to: [UInt8])
    /// The page is full and there is more.
    case stop
  }

  private let request: ListingRequest
  private var count = 0
  package private(set) var commonPrefixes: [String] = []
  package private(set) var isTruncated = false
  /// Where the next page starts, once the page is truncated.
  package private(set) var last = ListingRequest.Start.beginning

  package init(_ request: ListingRequest) { self.request = request }

  /// The first key that can belong to the page, and whether it may be equal.
  package var lowerBound: (key: [UInt8], isInclusive: Bool) {
    let prefix = Array(request.prefix.utf8)
    switch request.start {
    case .beginning: return (prefix, true)
    case .afterKey(let key):
      let key = Array(key.utf8)
      return key.lexicographicallyPrecedes(prefix) ? (prefix, true) : (key, false)
    case .afterPrefix(let done):
      let bound = Self.upperBound(ofPrefix: Array(done.utf8))
      return bound.lexicographicallyPrecedes(prefix) ? (prefix, true) : (bound, true)
    }
  }

  /// The first key behind the page's prefix, or nil when there is no end.
  package var upperBound: [UInt8]? {
    request.prefix.isEmpty ? nil : Self.upperBound(ofPrefix: Array(request.prefix.utf8))
  }

  /// Takes the next key within the bounds.
  package mutating func consider(_ key: [UInt8]) -> Step {
    guard request.maximumKeys > 0 else { return .stop }
    guard count < request.maximumKeys else {
      isTruncated = true
      return .stop
    }
    count += 1
    guard let common = commonPrefix(of: key) else {
      last = .afterKey(String(decoding: key, as: UTF8.self))
      return .take
    }
    let text = String(decoding: common, as: UTF8.self)
    commonPrefixes.append(text)
    last = .afterPrefix(text)
    return .skip(to: Self.upperBound(ofPrefix: common))
  }

  private func commonPrefix(of key: [UInt8]) -> [UInt8]? {
    let delimiter = Array(request.delimiter.utf8)
    guard !delimiter.isEmpty else { return nil }
    var start = request.prefix.utf8.count
    while start + delimiter.count <= key.count {
      if key[start...].starts(with: delimiter) { return Array(key[..<(start + delimiter.count)]) }
      start += 1
    }
    return nil
  }

  /// The smallest byte string behind all that begin with `prefix`. UTF-8 has no byte 0xFF, so the last can be raised.
  private static func upperBound(ofPrefix prefix: [UInt8]) -> [UInt8] {
    prefix.dropLast() + [(prefix.last ?? 0xFE) + 1]
  }
}
