import Foundation
package import RhizomeAPI
import RhizomeModel

/// The files that an adoption is written to.
package struct AdoptionFiles: Sendable {
  /// How declarations are spread over files.
  package enum Spread: String, Sendable, CaseIterable {
    case kind, resource
  }

  /// By name, sorted.
  package let files: [(name: String, text: String)]

  package init(_ documents: [AdoptionView.Document], per spread: Spread) {
    var texts: [String: [String]] = [:]
    for document in documents {
      texts[AdoptionFiles.name(document.address, spread), default: []].append(document.text)
    }
    files = texts.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: "---\n")) }
  }

  /// `buckets.yaml`, or `bucket-site.yaml`.
  private static func name(_ address: Address, _ spread: Spread) -> String {
    let kind = address.kind == .accessKey ? "access-key" : address.kind.rawValue.lowercased()
    return spread == .kind ? "\(kind)s.yaml" : "\(kind)-\(address.name).yaml"
  }

  /// Writes all of them into a folder, which is made where it is missing. Nothing is ever written over.
  ///
  /// - Parameter adding: also into a folder that holds something.
  /// - Throws: `Complaint` before anything is written, when something is in the way.
  package func write(to folder: String, adding: Bool) throws {
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let present = try manager.contentsOfDirectory(atPath: folder)
    guard adding || present.isEmpty else {
      throw Complaint("\(folder) is not empty; choose a new folder, or add to this one with --add.")
    }
    if let taken = files.first(where: { present.contains($0.name) }) {
      throw Complaint("\(folder)/\(taken.name) exists already; move it away, or choose another folder.")
    }
    for file in files {
      let url = URL(fileURLWithPath: folder).appendingPathComponent(file.name)
      try Data(file.text.utf8).write(to: url, options: .withoutOverwriting)
    }
  }
}
