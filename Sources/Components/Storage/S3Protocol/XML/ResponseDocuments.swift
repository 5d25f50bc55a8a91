/// The XML bodies of answers (Amazon S3 API reference).
package enum ResponseDocument {
  /// The body of every refusal.
  package static func error(_ error: S3Error, resource: String, requestID: String) -> String {
    var writer = XMLWriter()
    writer.element("Error") {
      $0.element("Code", error.code.name)
      $0.element("Message", error.message)
      $0.element("Resource", resource)
      $0.element("RequestId", requestID)
    }
    return writer.text
  }

  package static func buckets(_ buckets: [(name: String, created: Timestamp)], owner: String) -> String {
    root("ListAllMyBucketsResult") {
      $0.element("Owner") {
        $0.element("ID", owner)
        $0.element("DisplayName", owner)
      }
      $0.element("Buckets") { list in
        for bucket in buckets {
          list.element("Bucket") {
            $0.element("Name", bucket.name)
            $0.element("CreationDate", bucket.created.extendedISO8601)
          }
        }
      }
    }
  }

  package static func location(_ region: String) -> String {
    var writer = XMLWriter()
    writer.element("LocationConstraint", namespace: XMLWriter.s3Namespace, region)
    return writer.text
  }

  /// Versioning was never switched on, and cannot be.
  package static func versioning() -> String { root("VersioningConfiguration") { _ in } }

  package static func deleted(_ deleted: [String], errors: [(key: String, error: S3Error)]) -> String {
    root("DeleteResult") { result in
      for key in deleted { result.element("Deleted") { $0.element("Key", key) } }
      for (key, error) in errors {
        result.element("Error") {
          $0.element("Key", key)
          $0.element("Code", error.code.name)
          $0.element("Message", error.message)
        }
      }
    }
  }

  package static func copied(etag: String, modified: Timestamp) -> String {
    root("CopyObjectResult") {
      $0.element("LastModified", modified.extendedISO8601)
      $0.element("ETag", "\"\(etag)\"")
    }
  }

  static func root(_ name: String, _ content: (inout XMLWriter) -> Void) -> String {
    var writer = XMLWriter()
    writer.element(name, namespace: XMLWriter.s3Namespace, content)
    return writer.text
  }
}

/// One object in a listing.
package struct ListedObject: Hashable, Sendable {
  package let key: String
  package let size: Int64
  package let etag: String
  package let modified: Timestamp

  package init(key: String, size: Int64, etag: String, modified: Timestamp) {
    (self.key, self.size, self.etag, self.modified) = (key, size, etag, modified)
  }
}

/// One page of a listing.
package struct ListingPage: Sendable {
  package let objects: [ListedObject]
  package let commonPrefixes: [String]
  package let isTruncated: Bool
  package let last: ListingRequest.Start

  package init(objects: [ListedObject], _ collector: ListingCollector) {
    self.objects = objects
    (commonPrefixes, isTruncated, last) = (collector.commonPrefixes, collector.isTruncated, collector.last)
  }
}
