/// Builds a small XML document. Elements nest by closures, so that they are always closed.
package struct XMLWriter {
  package private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

  package init() {}

  /// The name space of every S3 answer except errors.
  package static let s3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

  package mutating func element(_ name: String, namespace: String? = nil, _ content: (inout XMLWriter) -> Void) {
    text += namespace.map { "<\(name) xmlns=\"\($0)\">" } ?? "<\(name)>"
    content(&self)
    text += "</\(name)>"
  }

  package mutating func element(_ name: String, namespace: String? = nil, _ content: String) {
    text += namespace.map { "<\(name) xmlns=\"\($0)\">" } ?? "<\(name)>"
    escape(content)
    text += "</\(name)>"
  }

  /// Control characters, which XML 1.0 cannot carry, are written as references all the same: that is what Amazon does,
  /// and why clients that care ask for `encoding-type=url`.
  private mutating func escape(_ content: String) {
    for scalar in content.unicodeScalars {
      switch scalar {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "\n", "\t": text.unicodeScalars.append(scalar)
      case _ where scalar.value < 32: text += "&#x\(String(scalar.value, radix: 16, uppercase: true));"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
