/// The body of DeleteObjects.
package struct DeleteRequest: Hashable, Sendable {
  package static let maximumKeyCount = 1000

  package let keys: [String]
  /// Whether only failures are to be reported.
  package let isQuiet: Bool

  /// - Throws: `MalformedXML`.
  package init(_ body: [UInt8]) throws(S3Error) {
    let root = try XMLElement.parse(body)
    let keys = root.all("Object").compactMap { $0.first("Key")?.text }
    guard root.name == "Delete", !keys.isEmpty, keys.count == root.all("Object").count,
      keys.count <= Self.maximumKeyCount
    else {
      let need = "a Delete element with 1 to \(Self.maximumKeyCount) objects, each with its key"
      throw S3Error(.malformedXML, "The body must be \(need).")
    }
    self.keys = keys
    isQuiet = root.first("Quiet")?.text == "true"
  }
}

/// The body of CompleteMultipartUpload.
package struct CompleteUploadRequest: Hashable, Sendable {
  package struct Part: Hashable, Sendable {
    package let number: Int
    /// Without quotes.
    package let etag: String
  }

  package let parts: [Part]

  /// - Throws: `MalformedXML`, `InvalidPartOrder`.
  package init(_ body: [UInt8]) throws(S3Error) {
    let root = try XMLElement.parse(body)
    var parts: [Part] = []
    for element in root.all("Part") {
      guard let number = element.first("PartNumber").flatMap({ Int($0.text) }), let etag = element.first("ETag")?.text
      else { throw S3Error(.malformedXML, "Each Part needs a PartNumber and an ETag.") }
      parts.append(Part(number: number, etag: String(etag.filter { $0 != "\"" })))
    }
    guard root.name == "CompleteMultipartUpload", !parts.isEmpty, parts.count <= 10_000 else {
      throw S3Error(.malformedXML, "The body must be a CompleteMultipartUpload element with 1 to 10000 parts.")
    }
    guard zip(parts, parts.dropFirst()).allSatisfy({ $0.number < $1.number }) else {
      throw S3Error(.invalidPartOrder, "The list of parts was not in ascending order.")
    }
    self.parts = parts
  }
}
