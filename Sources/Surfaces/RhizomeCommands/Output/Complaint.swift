import Foundation
import RhizomePlanner

/// Something is wrong with what a verb was pointed at. How the verb is called was right, so its usage is not printed.
package struct Complaint: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  /// What the system said of a file or folder, in a sentence: `cannot write /srv/x: Permission denied`.
  /// - Returns: nil for errors that are none of Foundation's.
  package init?(_ error: any Error) {
    guard let error = error as? CocoaError else { return nil }
    let path = error.filePath ?? error.url?.path ?? "a file"
    let isWriting = CocoaError.fileWriteUnknown.rawValue <= error.code.rawValue
    self.init("cannot \(isWriting ? "write" : "read") \(ValueText.escaped(path)): \(Complaint.reason(error))")
  }

  private static func reason(_ error: CocoaError) -> String {
    if let cause = error.underlying as? POSIXError { return String(cString: strerror(cause.code.rawValue)) }
    switch error.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return "there is no such file or folder"
    case .fileReadNoPermission, .fileWriteNoPermission: return "you may not"
    case .fileWriteFileExists: return "there is something of that name already"
    case .fileWriteOutOfSpace: return "the disk is full"
    case .fileWriteVolumeReadOnly: return "the disk is read-only"
    case .fileReadInapplicableStringEncoding, .fileReadCorruptFile: return "it is not UTF-8 text"
    default: return "the system did not let it (code \(error.code.rawValue))"
    }
  }
}
