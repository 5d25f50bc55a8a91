import Foundation
package import RhizomeAPI
package import RhizomeModel

/// A plan on file: with the manifests it was made from, so that applying it applies exactly those.
package struct SavedPlan: Sendable, Codable {
  package static let currentFormatVersion = 1

  package let formatVersion: Int
  package let bundle: ManifestBundle
  package let choices: PlanChoices
  package let plan: Plan

  package init(bundle: ManifestBundle, choices: PlanChoices, plan: Plan) {
    self.formatVersion = SavedPlan.currentFormatVersion
    self.bundle = bundle
    self.choices = choices
    self.plan = plan
  }

  /// What is wrong with a plan's file.
  package struct Unreadable: Error, CustomStringConvertible {
    package let description: String
  }

  /// Writes the plan to a new file that only its owner can read.
  package func write(to path: String) throws {
    let data = try WireFormat.encode(self, pretty: true)
    let created = FileManager.default.createFile(
      atPath: path,
      contents: data,
      attributes: [.posixPermissions: 0o600]
    )
    guard created else {
      throw Unreadable(description: "cannot write the plan to \(path): is the folder there, and may you write in it?")
    }
  }

  /// Reads what `write` wrote.
  /// - Throws: `Unreadable` when it is no plan, or one of another version of the program.
  package static func read(from path: String) throws -> SavedPlan {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Unreadable(description: "cannot read the plan \(path)")
    }
    struct Header: Decodable { let formatVersion: Int }
    guard let header = try? WireFormat.decode(Header.self, from: data) else {
      throw Unreadable(description: "\(path) is not a plan; make one with `rhizome plan --out \(path)`")
    }
    guard header.formatVersion == currentFormatVersion, let saved = try? WireFormat.decode(SavedPlan.self, from: data)
    else {
      throw Unreadable(description: "\(path) was written by another version of rhizome; make the plan again")
    }
    return saved
  }
}
