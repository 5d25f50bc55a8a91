import Foundation
import OpenSSL
import PrivateFiles
import RhizomeStateStore
import ServiceDrivers

/// Everything the daemon keeps, below one private folder that one daemon holds at a time.
///
/// Three things in it cannot be made anew: `master.key`, `state.sqlite` and `objects`. `cluster-id` repeats the one word of
/// the records without which nothing in the engines would be known as ours; by `key-check` another cluster's `master.key`
/// is noticed where nothing else is left that it would have to open.
struct DataFolder {
  let path: String
  let masterKey: MasterKey
  let sealingPair: SealingPair
  /// What was found and mended in the folder, or should be mended, in sentences for the log.
  let notes: [String]
  private let lock: FileLock

  /// Why the folder cannot be used.
  struct Unusable: Error, CustomStringConvertible {
    let description: String
  }

  private static let tenYears = 10 * 365 * 86_400

  /// Opens the folder, and makes what is missing.
  /// - Throws: `Unusable` when another daemon holds it, and what reading and writing throws.
  init(path: String) throws {
    self.path = path
    try PrivateFiles.makeDirectory(path)
    notes = try DataFolder.closed(path)
    guard let lock = try FileLock(path + "/lock") else {
      throw Unusable(description: "another daemon uses \(path) already; stop it, or choose another --data-dir")
    }
    self.lock = lock
    masterKey = try DataFolder.masterKey(in: path)
    guard try KeyCheck(path + "/key-check").fits(masterKey) != false else { throw DataFolder.wrongKey(in: path) }
    sealingPair = try DataFolder.sealingPair(in: path)
  }

  var stateFile: String { path + "/state.sqlite" }
  /// Opening the state store makes the file: asked before.
  var hasStateFile: Bool { FileManager.default.fileExists(atPath: stateFile) }

  /// What says which objects there are; seen from the folder.
  private static let objectDatabase = "/objects/metadata.sqlite"

  /// Whether the object store is where the records were made: an empty one in its place would look like a loss of all
  /// objects, and be healed.
  /// - Throws: `Unusable` when there are records, and no store.
  func checkObjects() throws {
    let database = path + DataFolder.objectDatabase
    guard hasStateFile, !FileManager.default.fileExists(atPath: database) else { return }
    throw Unusable(
      description: """
        \(database) is missing, though there are records beside it. Is a disk not mounted? Then mount it. Or put objects \
        back from a copy, whole. Only to begin with an empty store, because all objects are lost: make an empty file \
        of that name (mkdir -p -m 700 \(path)/objects; touch \(database)), and start again
        """
    )
  }
  var clusterIdentity: ClusterIdentityFile { ClusterIdentityFile(path + "/cluster-id") }
  var objects: String { path + "/objects" }
  var firewall: String { path + "/firewall" }
  var services: String { path + "/services" }
  var git: String { path + "/git" }
  var reports: String { path + "/reports" }

  var fingerprint: @Sendable (String) -> String {
    { [masterKey] in masterKey.fingerprint(of: $0.utf8) }
  }

  /// Opens sealed text.
  var unseal: @Sendable (String) throws -> String {
    { [sealingPair] in String(decoding: try SealedEnvelope.open($0, with: sealingPair), as: UTF8.self) }
  }

  var serviceFolder: @Sendable (String) -> String {
    { [services] in "\(services)/run/\($0)" }
  }

  /// What one of the service drivers keeps of what it runs.
  func placements(_ driver: String) -> PlacementFiles {
    PlacementFiles(directory: "\(path)/placements/\(driver)", key: masterKey.derive("placements", driver))
  }

  /// A new key in a new folder; never a new key where a cluster began with the lost one.
  private static func masterKey(in path: String) throws -> MasterKey {
    let files = FileManager.default
    let begun = ["/state.sqlite", objectDatabase, "/cluster-id", "/key-check"]
    if begun.contains(where: { files.fileExists(atPath: path + $0) }), !files.fileExists(atPath: path + "/master.key") {
      throw Unusable(
        description: "\(path)/master.key is missing, and without it nothing here can be decrypted; put it back from a "
          + "copy. To begin a new cluster, choose an empty --data-dir"
      )
    }
    return try KeyFile.loadOrCreate(path + "/master.key")
  }

  /// The certificate is written last: a key without one is from a start that was cut off, and is made again.
  private static func sealingPair(in path: String) throws -> SealingPair {
    let (keyFile, certificateFile) = (path + "/seal.key", path + "/seal.pem")
    if let certificate = try? PrivateFiles.read(certificateFile, limit: 1 << 16) {
      let key = try PrivateFiles.read(keyFile, limit: 1 << 16)
      let pair = SealingPair(
        privateKey: String(decoding: key, as: UTF8.self),
        certificate: String(decoding: certificate, as: UTF8.self)
      )
      try check(pair, in: path)
      return pair
    }
    let pair = try SealingPair.make(commonName: "rhizome", validFor: tenYears)
    try PrivateFiles.write(Array(pair.privateKey.utf8), to: keyFile)
    try PrivateFiles.write(Array(pair.certificate.utf8), to: certificateFile)
    return pair
  }
}

extension DataFolder {
  /// Nobody else may look into the folder, not even at the names of what is in it. One that is in use for something
  /// else, because somebody mistyped, is left as it is.
  private static func closed(_ path: String) throws -> [String] {
    guard try PrivateFiles.isOpen(directory: path) else { return [] }
    let held = try FileManager.default.contentsOfDirectory(atPath: path)
    guard held.isEmpty || held.contains("master.key") else {
      return ["others may look into the data folder \(path), which holds files of others too; run: chmod 700 '\(path)'"]
    }
    try PrivateFiles.makePrivate(directory: path)
    return ["others could look into the data folder \(path); its mode is 0700 now"]
  }

  /// Told at the start, and not with the first sealed secret in the middle of a night.
  private static func check(_ pair: SealingPair, in path: String) throws {
    do {
      _ = try SealedEnvelope.open(SealedEnvelope.seal([], to: pair.certificate), with: pair)
    } catch {
      throw Unusable(
        description: "\(path)/seal.key does not open what is sealed with \(path)/seal.pem; put both back from a copy. "
          + "Without them sealed secrets in the manifests cannot be read"
      )
    }
  }
}

extension MasterKey {
  /// Derived bytes of any length, in blocks of 32.
  func derive(_ label: String, byteCount: Int) -> [UInt8] {
    let blocks = (0...(max(0, byteCount - 1) / 32)).flatMap { derive("manifest", "\(label)#\($0)") }
    return Array(blocks.prefix(byteCount))
  }
}
