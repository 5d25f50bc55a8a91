internal import Foundation
internal import PrivateFiles

/// Keeps reports as files, the newest also under the name `latest`.
package struct FolderDelivery: ReportDelivery {
  private let root: String

  /// - Parameter root: holds a folder for each report; made when it is needed, for its user alone.
  package init(root: String) { self.root = root }

  package func deliver(_ parcel: ReportParcel) async throws {
    guard case .folder(let keep) = parcel.report.place else { return }
    let folder = "\(root)/\(parcel.report.name)"
    do {
      for path in [root, folder] { try PrivateFiles.makeDirectory(path) }
      try PrivateFiles.write(Array(parcel.text.utf8), to: "\(folder)/\(parcel.fileName)")
      try PrivateFiles.write(Array(parcel.text.utf8), to: "\(folder)/latest.\(parcel.report.format.fileExtension)")
      for name in FolderDelivery.surplus(try FileManager.default.contentsOfDirectory(atPath: folder), keep: keep) {
        try PrivateFiles.remove("\(folder)/\(name)")
      }
    } catch let error as PrivateFileError {
      throw ReportFailure("the folder of reports cannot be written: \(error)")
    } catch let error as CocoaError {
      throw ReportFailure("the folder of reports cannot be read: \(error.localizedDescription)")
    }
  }

  /// The oldest of our files beyond `keep`; files of others are none of our business.
  static func surplus(_ names: [String], keep: Int) -> [String] {
    let ours = names.filter(isOurs).sorted()
    return Array(ours.dropLast(keep))
  }

  private static func isOurs(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, ScheduledReport.Format.allCases.contains(where: { $0.fileExtension == parts[1] }) else {
      return false
    }
    let form = parts[0].map { $0.isASCII && $0.isNumber ? "0" : $0 }
    return String(form) == "0000-00-00T00-00-00Z"
  }
}
