/// An element of a small XML document, without attributes; character data is either text or children, never mixed.
package struct XMLElement: Hashable, Sendable {
  /// The local name: a name space prefix is dropped.
  package let name: String
  package internal(set) var text = ""
  package internal(set) var children: [XMLElement] = []

  package func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// Parses a request body.
  ///
  /// Deliberately less than XML 1.0: no document type and so no entities of one's own, at most `maximumDepth`
  /// levels. The caller bounds the size.
  /// - Throws: `MalformedXML`.
  package static func parse(_ bytes: [UInt8]) throws(S3Error) -> XMLElement {
    var parser = XMLParser(bytes)
    return try parser.document()
  }
}
