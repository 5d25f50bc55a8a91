import Foundation
import RhizomeAPI
import RhizomeModel

/// Where the verbs write: answers on standard output, everything else on standard error.
package enum Printer {
  package static func out(_ text: String) { write(upright(text), to: .standardOutput) }
  package static func note(_ text: String) { write(upright(text), to: .standardError) }

  /// Text of JSON, in which everything odd has its escape (RFC 8259, section 7).
  package static func out(json text: String) { write(escaped(json: text), to: .standardOutput) }

  /// Whatever was printed without a thought: nothing in it hides, or turns the direction of what is read. Control
  /// characters are left to those who colour.
  package static func upright(_ text: String) -> String {
    replacing(text) { Unprintable.escape($0) }
  }

  package static func escaped(json text: String) -> String {
    replacing(text) { scalar in
      String(scalar).utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }

  private static func replacing(_ text: String, _ escape: (Unicode.Scalar) -> String) -> String {
    func isOdd(_ scalar: Unicode.Scalar) -> Bool { !scalar.isASCII && !Unprintable.isHarmless(scalar) }
    guard text.unicodeScalars.contains(where: isOdd) else { return text }
    return text.unicodeScalars.map { isOdd($0) ? escape($0) : String($0) }.joined()
  }

  private static func write(_ text: String, to handle: FileHandle) {
    do {
      try handle.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
    } catch {
      // Who closes a pipe, as `head` does, has read enough.
      guard handle.fileDescriptor == STDOUT_FILENO, errno != EPIPE else { return }
      note("Error: the output could not be written: \(error.localizedDescription)")
      exit(1)
    }
  }

  package static func json(_ value: some Encodable) throws {
    out(json: String(decoding: try WireFormat.encode(value, pretty: true), as: UTF8.self))
  }

  /// True when standard output is a terminal and colour is welcome (no-color.org).
  package static var usesColour: Bool {
    isatty(STDOUT_FILENO) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// True when somebody watches progress live.
  package static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }
}
