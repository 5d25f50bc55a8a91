import S3Protocol
import Testing

@Suite("Listing")
struct ListingTests {
  /// Runs a collector over sorted keys, as a cursor would.
  private func page(_ keys: [String], _ request: ListingRequest) -> (keys: [String], ListingCollector) {
    var collector = ListingCollector(request)
    let sorted = keys.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    var (lower, isInclusive) = collector.lowerBound
    var taken: [String] = []
    for key in sorted {
      if key.lexicographicallyPrecedes(lower) || (key == lower && !isInclusive) { continue }
      if let upper = collector.upperBound, !key.lexicographicallyPrecedes(upper) { break }
      switch collector.consider(key) {
      case .take: taken.append(String(decoding: key, as: UTF8.self))
      case .skip(let bound): (lower, isInclusive) = (bound, true)
      case .stop: return (taken, collector)
      }
    }
    return (taken, collector)
  }

  private let tree = ["a", "a/1", "a/2", "b", "b/1/x", "c", "z\u{10FFFF}", "é"]

  private func request(_ query: String) throws -> ListingRequest {
    try ListingRequest(try RequestHead(method: "GET", target: "/b?list-type=2&\(query)", headers: []))
  }

  @Test("folds keys below a delimiter, and keeps the order of bytes")
  func delimiter() throws {
    let (keys, collector) = page(tree, try request("delimiter=/"))
    #expect(keys == ["a", "b", "c", "z\u{10FFFF}", "é"])
    #expect(collector.commonPrefixes == ["a/", "b/"])
    #expect(!collector.isTruncated)
  }

  @Test("prefix, start-after and max-keys")
  func bounds() throws {
    #expect(page(tree, try request("prefix=a/")).keys == ["a/1", "a/2"])
    #expect(page(tree, try request("prefix=b/&delimiter=/")).1.commonPrefixes == ["b/1/"])
    #expect(page(tree, try request("start-after=b")).keys == ["b/1/x", "c", "z\u{10FFFF}", "é"])
    #expect(page(tree, try request("prefix=z&start-after=a")).keys == ["z\u{10FFFF}"])
    let (none, collector) = page(tree, try request("max-keys=0"))
    #expect(none.isEmpty && !collector.isTruncated)
  }

  @Test("pages put together are the whole, for every page size", arguments: [1, 2, 3, 100], ["", "/"])
  func paging(size: Int, delimiter: String) throws {
    var request = try request("max-keys=\(size)&delimiter=\(delimiter)")
    let whole = page(tree, try self.request("delimiter=\(delimiter)"))
    var (keys, prefixes): ([String], [String]) = ([], [])
    for _ in 0..<20 {
      let (part, collector) = page(tree, request)
      keys += part
      prefixes += collector.commonPrefixes
      guard collector.isTruncated, let token = ListingRequest.token(after: collector.last) else { break }
      let encoded = PercentEncoding.encode(token)
      request = try self.request("max-keys=\(size)&delimiter=\(delimiter)&continuation-token=\(encoded)")
    }
    #expect(keys == whole.keys)
    #expect(prefixes == whole.1.commonPrefixes)
  }

  @Test("version 1 goes on behind a common prefix that was the last marker")
  func markers() throws {
    let target = "/b?delimiter=/&marker=a/"
    let request = try ListingRequest(try RequestHead(method: "GET", target: target, headers: []))
    #expect(page(tree, request).1.commonPrefixes == ["b/"])
  }

  @Test(
    "refuses bad parameters",
    arguments: ["max-keys=-1", "max-keys=x", "encoding-type=xml", "continuation-token=!"]
  )
  func bad(query: String) { #expect(throws: S3Error.self) { _ = try request(query) } }

  @Test(
    "ranges",
    arguments: [
      ("bytes=0-9", 0, 10), ("bytes=90-", 90, 10), ("bytes=-5", 95, 5), ("bytes=-500", 0, 100), ("bytes=99-200", 99, 1),
    ] as [(String, Int64, Int64)]
  )
  func ranges(header: String, offset: Int64, length: Int64) throws {
    #expect(try ByteRange.parse(header, size: 100) == ByteRange(offset: offset, length: length))
  }

  @Test("odd ranges are ignored, impossible ones refused")
  func oddRanges() throws {
    for header in ["items=0-1", "bytes=5-2", "bytes=a-b", "bytes=0-1,3-4", "bytes=", "bytes=-"] {
      #expect(try ByteRange.parse(header, size: 100) == nil)
    }
    for header in ["bytes=100-", "bytes=-0", "bytes=100-101"] {
      #expect(throws: S3Error.self) { _ = try ByteRange.parse(header, size: 100) }
    }
    #expect(throws: S3Error.self) { _ = try ByteRange.parse("bytes=-5", size: 0) }
  }
}
