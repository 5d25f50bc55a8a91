import Foundation
import RhizomeAPI

/// Where the verbs write: answers on standard output, everything else on standard error.
package enum Printer {
  package static func out(_ text: String) { write(text, to: .standardOutput) }
  package static func note(_ text: String) { write(text, to: .standardError) }

  private static func write(_ text: String, to handle: FileHandle) {
    try? handle.write(contentsOf: Data((text.hasSuffix("\n") ? text : text + "\n").utf8))
  }

  package static func json(_ value: some Encodable) throws {
    out(String(decoding: try WireFormat.encode(value, pretty: true), as: UTF8.self))
  }

  /// True when standard output is a terminal and colour is welcome (no-color.org).
  package static var usesColour: Bool {
    isatty(STDOUT_FILENO) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// True when somebody watches progress live.
  package static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }
}
