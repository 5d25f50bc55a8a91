extension ResponseDocument {
  /// The body of ListObjects and ListObjectsV2.
  package static func listing(_ page: ListingPage, of bucket: String, _ request: ListingRequest) -> String {
    root("ListBucketResult") { result in
      let encode = { (text: String) in request.encodesKeys ? PercentEncoding.encode(text, keepingSlash: true) : text }
      result.element("Name", bucket)
      result.element("Prefix", encode(request.prefix))
      if !request.delimiter.isEmpty { result.element("Delimiter", encode(request.delimiter)) }
      result.element("MaxKeys", String(request.maximumKeys))
      if request.encodesKeys { result.element("EncodingType", "url") }
      result.element("IsTruncated", String(page.isTruncated))
      if request.isVersion2 {
        version2(&result, page, request, encode)
      } else {
        version1(&result, page, request, encode)
      }
      for object in page.objects { write(&result, object, encode) }
      for prefix in page.commonPrefixes {
        result.element("CommonPrefixes") { $0.element("Prefix", encode(prefix)) }
      }
    }
  }

  private static func version2(
    _ result: inout XMLWriter,
    _ page: ListingPage,
    _ request: ListingRequest,
    _ encode: (String) -> String
  ) {
    result.element("KeyCount", String(page.objects.count + page.commonPrefixes.count))
    if let token = request.continuationToken { result.element("ContinuationToken", token) }
    if let startAfter = request.startAfter { result.element("StartAfter", encode(startAfter)) }
    if page.isTruncated, let token = ListingRequest.token(after: page.last) {
      result.element("NextContinuationToken", token)
    }
  }

  private static func version1(
    _ result: inout XMLWriter,
    _ page: ListingPage,
    _ request: ListingRequest,
    _ encode: (String) -> String
  ) {
    result.element("Marker", encode(request.marker ?? ""))
    guard page.isTruncated else { return }
    switch page.last {
    case .beginning: break
    case .afterKey(let last), .afterPrefix(let last): result.element("NextMarker", encode(last))
    }
  }

  private static func write(_ result: inout XMLWriter, _ object: ListedObject, _ encode: (String) -> String) {
    result.element("Contents") {
      $0.element("Key", encode(object.key))
      $0.element("LastModified", object.modified.extendedISO8601)
      $0.element("ETag", "\"\(object.etag)\"")
      $0.element("Size", String(object.size))
      $0.element("StorageClass", "STANDARD")
    }
  }
}
