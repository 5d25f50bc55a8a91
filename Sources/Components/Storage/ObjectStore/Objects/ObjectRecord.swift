internal import Foundation
internal import GRDB
package import S3Protocol

/// An object as it is: everything but its bytes.
package struct ObjectRecord: Hashable, Sendable {
  package let key: String
  package let size: Int64
  /// MD5 in hexadecimal, without quotes; for multipart uploads, the MD5 of the parts' MD5s and their number.
  package let etag: String
  package let modified: Timestamp
  /// The headers to be sent with it, by lower-case name: content type, user metadata, checksum and so on.
  package let headers: [String: String]
  let content: Content

  /// Where the bytes are. The identifier is that of a row in `inline_content`, a file or an upload.
  enum Content: Hashable, Sendable {
    case inline(String)
    case file(String)
    case parts(upload: String)

    var kind: String {
      switch self {
      case .inline: "inline"
      case .file: "file"
      case .parts: "parts"
      }
    }

    var id: String {
      switch self {
      case .inline(let id), .file(let id), .parts(let id): id
      }
    }
  }
}

extension ObjectRecord {
  init(_ row: Row) throws {
    key = String(decoding: row["key"] as Data, as: UTF8.self)
    (size, etag) = (row["size"], row["etag"])
    modified = Timestamp(milliseconds: row["modified"])
    headers = try JSONDecoder().decode([String: String].self, from: row["headers"] as Data)
    let id: String = row["content"]
    content =
      switch row["content_kind"] as String {
      case "inline": .inline(id)
      case "file": .file(id)
      default: .parts(upload: id)
      }
  }

  /// The columns for `INSERT`, in the order of the table.
  func arguments(bucketID: String) throws -> StatementArguments {
    [
      bucketID, Data(key.utf8), size, etag, modified.milliseconds, try Self.encode(headers), content.kind, content.id,
    ]
  }

  /// Headers as kept in the database: JSON, with sorted names.
  static func encode(_ headers: [String: String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(headers), as: UTF8.self)
  }
}
