import Foundation
import OpenSSL
import PrivateFiles
package import RhizomeAPI
package import RhizomeModel
import RhizomePlanner

/// A plan on file: the plan itself, without secrets, and the manifests that it was made from, encrypted to the cluster's
/// certificate, so that whoever finds the file cannot read what they hold.
package struct SavedPlan: Sendable, Codable {
  package static let currentFormatVersion = 3

  package let formatVersion: Int
  package let madeAt: Timestamp
  /// The folder or commit that it was made from, and the revision that ran.
  package let origin: String
  package let revision: Int?
  package let plan: Plan
  /// The `PlanRequest`, as CMS in PEM: `openssl cms -decrypt` with the cluster's key reads it.
  package let sealed: String
  /// SHA-256 over all of the above, in hexadecimal: a file that was changed is not shown as if it were the plan. It is no
  /// signature, and `apply` does not rest on it: there the daemon makes the plan anew.
  package let digest: String

  /// - Parameter certificate: the cluster's, in PEM.
  /// - Throws: `SealedEnvelope.Failure`.
  package init(_ request: PlanRequest, _ response: PlanResponse, certificate: String, at moment: Timestamp) throws {
    formatVersion = SavedPlan.currentFormatVersion
    madeAt = moment
    origin = request.bundle.origin
    revision = response.revision
    plan = response.plan
    sealed = try SealedEnvelope.seal(Array(try WireFormat.encode(request)), to: certificate)
    digest = try Contents(madeAt, origin, revision, plan, sealed).digest
  }

  /// What the digest is over.
  private struct Contents: Encodable {
    let madeAt: Timestamp
    let origin: String
    let revision: Int?
    let plan: Plan
    let sealed: String

    init(_ madeAt: Timestamp, _ origin: String, _ revision: Int?, _ plan: Plan, _ sealed: String) {
      (self.madeAt, self.origin, self.revision, self.plan, self.sealed) = (madeAt, origin, revision, plan, sealed)
    }

    var digest: String {
      get throws { Hex.encode(Digest.of(Array(try WireFormat.encode(self)), .sha256)) }
    }
  }

  private var isUntouched: Bool { (try? Contents(madeAt, origin, revision, plan, sealed).digest) == digest }

  /// What is wrong with a plan's file.
  package struct Unreadable: Error, CustomStringConvertible {
    package let description: String
  }

  /// Far more than a plan of ten thousand resources takes.
  static let largest = 256 << 20
}

// MARK: - On file

extension SavedPlan {
  /// Writes the plan to a file that only its owner can read.
  /// - Throws: `Unreadable` when something else lies there: only a plan is ever overwritten.
  package func write(to path: String) throws {
    let there = try? FileManager.default.attributesOfItem(atPath: path)
    let isEmpty = there?[.type] as? FileAttributeType == .typeRegular && there?[.size] as? Int == 0
    guard there == nil || isEmpty || SavedPlan.isPlan(path) else {
      throw Unreadable(description: "\(path) is there already and is no saved plan; choose another file")
    }
    do {
      try PrivateFiles.write(Array(try WireFormat.encode(self, pretty: true)), to: path)
    } catch let error as PrivateFileError {
      throw Unreadable(description: "cannot write the plan: \(error)")
    }
  }

  /// Whether a plan of any version was saved there, whole or not.
  private static func isPlan(_ path: String) -> Bool {
    struct Header: Decodable {
      let formatVersion: Int
      let sealed: String
    }
    return (try? contents(path)).flatMap { try? WireFormat.decode(Header.self, from: $0) } != nil
  }

  /// Reads what `write` wrote.
  /// - Throws: `Unreadable` when it is no plan, is damaged, or is one of another version of the program.
  package static func read(from path: String) throws -> SavedPlan {
    let data = try contents(path)
    struct Header: Decodable { let formatVersion: Int }
    guard let header = try? WireFormat.decode(Header.self, from: data) else {
      let isCutOff = data.prefix(64).contains(UInt8(ascii: "{"))
      let help = "save one with `rhizome plan --out FILE`; a folder of manifests is applied with -f FOLDER"
      throw Unreadable(description: "\(path) is \(isCutOff ? "no plan, or a damaged one" : "not a plan"); \(help)")
    }
    guard header.formatVersion == currentFormatVersion else {
      throw Unreadable(description: "\(path) was written by another version of rhizome; make the plan again")
    }
    guard let saved = try? WireFormat.decode(SavedPlan.self, from: data) else {
      throw Unreadable(description: "\(path) is cut off or damaged; make the plan again")
    }
    guard saved.isUntouched else {
      throw Unreadable(
        description: "\(path) is not as it was written: somebody has changed it, or the disk has; make the plan again"
      )
    }
    guard saved.names.allSatisfy({ ValueText.escaped($0) == $0 }) else {
      throw Unreadable(description: "\(path) holds names that no plan of ours has; somebody has changed it")
    }
    return saved
  }

  private static func contents(_ path: String) throws -> Data {
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(filePath: path).resolvingSymlinksInPath().path
    )
    guard let attributes else { throw Unreadable(description: "there is no plan \(path)") }
    guard attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int else {
      throw Unreadable(description: "\(path) is not a file")
    }
    guard size <= largest else { throw Unreadable(description: "\(path) is too large to be a plan") }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Unreadable(description: "cannot read \(path): may you read it?")
    }
    return data
  }

  /// Everything that is printed as it stands.
  private var names: [String] {
    let addresses =
      plan.actions.flatMap { [$0.address] + $0.dependencies } + plan.unknown.map(\.address)
      + plan.unpruned + plan.drift.map(\.address)
    let held = (plan.share?.held ?? []).flatMap { [$0.address.description, $0.caretaker] }
    return addresses.map(\.description) + held + [plan.clusterName, plan.share?.node ?? "", origin]
  }
}

// MARK: - Running it

extension SavedPlan {
  /// What the daemon is asked, with the folder as it is now where it is at hand.
  package func request() -> SavedPlanRequest {
    SavedPlanRequest(plan: plan, sealed: sealed, revision: revision, present: present)
  }

  private var present: ManifestBundle? { origin.hasPrefix("/") ? try? FolderReader.bundle(origin) : nil }
}
