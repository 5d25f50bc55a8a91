import NFTables
import PrivateFiles

/// What we last wrote as the home's own networks: what differs from it in the table was somebody else.
struct WrittenNetworks: Sendable {
  private let path: String
  /// Nil when nothing was written yet.
  private(set) var networks: [IPNetwork]?

  init(folder: String) {
    path = folder + "/lan"
    guard let bytes = try? PrivateFiles.read(path, limit: 1 << 20) else { return }
    networks = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { IPNetwork(String($0)) }
  }

  mutating func keep(_ networks: [IPNetwork]) throws(PrivateFileError) {
    let parent = PrivateFiles.parent(of: path)
    try PrivateFiles.makeDirectory(parent)
    try PrivateFiles.write(Array(networks.map(\.description).joined(separator: "\n").utf8), to: path)
    self.networks = networks
  }

  mutating func forget() throws(PrivateFileError) {
    if networks != nil { try PrivateFiles.remove(path) }
    networks = nil
  }
}
