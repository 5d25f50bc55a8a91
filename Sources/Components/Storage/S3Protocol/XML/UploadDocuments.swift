/// The bodies of answers about multipart uploads.
extension ResponseDocument {
  package static func uploadCreated(bucket: String, key: String, upload: String) -> String {
    root("InitiateMultipartUploadResult") {
      $0.element("Bucket", bucket)
      $0.element("Key", key)
      $0.element("UploadId", upload)
    }
  }

  package static func uploadCompleted(bucket: String, key: String, etag: String) -> String {
    root("CompleteMultipartUploadResult") {
      $0.element("Location", "/\(bucket)/\(PercentEncoding.encode(key, keepingSlash: true))")
      $0.element("Bucket", bucket)
      $0.element("Key", key)
      $0.element("ETag", "\"\(etag)\"")
    }
  }

  package static func parts(_ parts: [ListedPart], bucket: String, key: String, upload: String) -> String {
    root("ListPartsResult") { result in
      result.element("Bucket", bucket)
      result.element("Key", key)
      result.element("UploadId", upload)
      result.element("StorageClass", "STANDARD")
      result.element("IsTruncated", "false")
      for part in parts {
        result.element("Part") {
          $0.element("PartNumber", String(part.number))
          $0.element("LastModified", part.modified.extendedISO8601)
          $0.element("ETag", "\"\(part.etag)\"")
          $0.element("Size", String(part.size))
        }
      }
    }
  }

  package static func uploads(_ uploads: [ListedUpload], bucket: String) -> String {
    root("ListMultipartUploadsResult") { result in
      result.element("Bucket", bucket)
      result.element("IsTruncated", "false")
      for upload in uploads {
        result.element("Upload") {
          $0.element("Key", upload.key)
          $0.element("UploadId", upload.id)
          $0.element("StorageClass", "STANDARD")
          $0.element("Initiated", upload.started.extendedISO8601)
        }
      }
    }
  }
}

/// A part of an upload in progress.
package struct ListedPart: Hashable, Sendable {
  package let number: Int
  package let size: Int64
  package let etag: String
  package let modified: Timestamp

  package init(number: Int, size: Int64, etag: String, modified: Timestamp) {
    (self.number, self.size, self.etag, self.modified) = (number, size, etag, modified)
  }
}

/// An upload in progress.
package struct ListedUpload: Hashable, Sendable {
  package let id: String
  package let key: String
  package let started: Timestamp

  package init(id: String, key: String, started: Timestamp) {
    (self.id, self.key, self.started) = (id, key, started)
  }
}
