internal import LDAPProtocol
internal import NIOCore

/// A stored entry that cannot be read back.
package struct DirectoryRecordError: Error, Sendable, CustomStringConvertible {
  package let key: String
  package let message: String

  package var description: String { "the stored directory entry \(key) cannot be read: \(message)" }
}

/// The form in which entries are persisted: the BER of a search result entry (RFC 4511 4.5.2), without the
/// attributes that follow from other entries.
extension DirectoryTree {
  package func record(of entry: Entry) -> [UInt8] {
    let attributes = entry.attributes.filter { !known.derived.contains($0.description.type) }
    let result = LDAPSearchResultEntry(
      dn: entry.dn.description,
      attributes: attributes.map { LDAPAttribute(schema.text(of: $0.description), $0.values) }
    )
    return Array(LDAPMessage(messageID: 0, .searchResultEntry(result)).encoded().readableBytesView)
  }

  /// Reads a record back.
  /// - Throws: `DirectoryRecordError` when the bytes are damaged or the schema no longer knows an attribute.
  package func entry(record: [UInt8], key: String) throws(DirectoryRecordError) -> Entry {
    do {
      let message = try LDAPMessage(decoding: ByteBuffer(bytes: record))
      guard case .searchResultEntry(let result) = message.operation else {
        throw DirectoryRecordError(key: key, message: "it is no entry")
      }
      let name = try DistinguishedName(result.dn)
      var entry = Entry(dn: name, key: schema.key(of: name), attributes: [])
      for attribute in result.attributes {
        entry.set(try stored(describe(attribute.description), attribute.values))
      }
      return entry
    } catch {
      throw DirectoryRecordError(key: key, message: "\(error)")
    }
  }

  /// Puts loaded entries in, parents before children.
  package mutating func load(_ records: [DirectoryBackendRecord]) throws(DirectoryRecordError) {
    var loaded: [Entry] = []
    for record in records { loaded.append(try entry(record: record.value, key: record.key)) }
    loaded.sort { ($0.dn.relatives.count, $0.key) < ($1.dn.relatives.count, $1.key) }
    apply(loaded.map { .put($0) })
  }
}
