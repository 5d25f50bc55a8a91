#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
internal import OpenSSL
internal import PrivateFiles
internal import RhizomeModel

/// The placements of one driver on this node's disk, one sealed file each, so that the node starts its services without
/// asking anybody.
///
/// They hold secrets in clear (a program needs them so), hence the encryption with a key derived from the master key.
package struct PlacementFiles: Sendable {
  /// Why a placement cannot be kept or read.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  private static let suffix = ".placement"
  private static let largestFile = 64 << 20

  private let directory: String
  private let key: [UInt8]

  /// - Parameters:
  ///   - directory: made with mode 0700 when something is stored.
  ///   - key: 32 bytes.
  package init(directory: String, key: [UInt8]) {
    self.directory = directory
    self.key = key
  }

  func store(_ placement: Placement) throws(Failure) {
    do {
      try PrivateFiles.makeDirectory(directory)
      let name = placement.address.name
      let text = [UInt8](try JSONEncoder().encode(placement))
      let box = AuthenticatedEncryption.seal(text, key: key, context: Array(name.utf8))
      try PrivateFiles.write(box, to: path(name))
    } catch {
      throw Failure(description: "the placement of \(placement.address) cannot be stored: \(error)")
    }
  }

  func remove(_ name: String) throws(Failure) {
    do {
      try PrivateFiles.remove(path(name))
    } catch {
      throw Failure(description: "the placement of \(name) cannot be removed: \(error)")
    }
  }

  /// All of them by name; those that cannot be read with why.
  func load() throws(Failure) -> [String: Result<Placement, Failure>] {
    guard FileManager.default.fileExists(atPath: directory) else { return [:] }
    let files: [String]
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw Failure(description: "the placements in \(directory) cannot be listed: \(error)")
    }
    let names = files.filter { $0.hasSuffix(PlacementFiles.suffix) }.map {
      String($0.dropLast(PlacementFiles.suffix.count))
    }
    let read = names.map { name in (name, Result { () throws(Failure) in try load(name) }) }
    return Dictionary(read, uniquingKeysWith: { $1 })
  }

  private func load(_ name: String) throws(Failure) -> Placement {
    do {
      let box = try PrivateFiles.read(path(name), limit: PlacementFiles.largestFile)
      let text = try AuthenticatedEncryption.open(box, key: key, context: Array(name.utf8))
      return try JSONDecoder().decode(Placement.self, from: Data(text))
    } catch is AuthenticatedEncryption.OpenFailure {
      throw Failure(
        description: "\(path(name)) does not open with this master key; put back the key that belongs to it"
      )
    } catch {
      throw Failure(description: "\(path(name)) cannot be read: \(error)")
    }
  }

  private func path(_ name: String) -> String { "\(directory)/\(name)\(PlacementFiles.suffix)" }
}
