import ArgumentParser
import Foundation
import OpenSSL
import PrivateFiles
import RhizomeCommands

/// The file with this node's private key, by which nodes of other homes know it: 32 raw bytes, mode 0600.
enum NodeKeyFile {
  /// The file holds something else.
  struct Unusable: Error, CustomStringConvertible {
    let description: String
  }

  static func path(in folder: String) -> String { folder + "/node.key" }

  /// Reads the key, or makes one if there is no file. Of several that make one at the same time, one wins.
  static func loadOrCreate(in folder: String) throws -> SigningKey {
    do throws(PrivateFileError) {
      try PrivateFiles.create(path(in: folder), with: SigningKey.generate().seed)
    } catch {
      guard error.code == .exists else { throw error }
    }
    let seed = try PrivateFiles.read(path(in: folder), limit: 4 * SigningKey.seedByteCount)
    guard let key = SigningKey(seed: seed) else {
      throw Unusable(
        description: "\(path(in: folder)) holds no key; put it back from a copy, or remove it to get a new key, and "
          + "declare that as `key` of this Node"
      )
    }
    return key
  }
}

/// `rhizome node-key`
struct NodeKeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "node-key",
    abstract: "Print this machine's public key, for `key` of its Node."
  )

  @OptionGroup var connection: ConnectionOptions

  func run() throws {
    let folder = connection.resolvedDataDirectory
    let isNew = !FileManager.default.fileExists(atPath: NodeKeyFile.path(in: folder))
    try PrivateFiles.makeDirectory(folder)
    Printer.out(try NodeKeyFile.loadOrCreate(in: folder).verifyingKey.text)
    // Who mistyped the folder would declare a key that no daemon has.
    if isNew { Printer.note("This is a new key: \(folder) had none. The daemon of this machine must use that folder.") }
  }
}
